"""Describing and removing repositories; a push makes them."""

from __future__ import annotations

from typing import Any

from django.db import transaction

import audit
from accounts.actors import Actor
from accounts.errors import BadRequest, NotFound, Precondition
from accounts.generations import bump_on_commit
from accounts.selectors.rights import require
from accounts.services.rows import changes, locked
from registry_api import sql
from registry_api.events import ArtifactDeleted, publish_deletions
from registry_api.models import Repository
from registry_api.selectors.repositories import Lock, RepositoryRow, find_repository
from registry_api.services import quota
from registry_api.services.changes import repository_counter
from registry_api.services.immutability import immutable_among
from registry_api.services.links import Hold, lock_blobs, uncount_blobs
from registry_api.services.read_only import require_writable

LONGEST_DESCRIPTION = 1 << 16  # characters
REMOVALS = (
    "UPDATE registry_api_manifestreference SET child_id = NULL WHERE child_id IN"
    " (SELECT id FROM registry_api_manifest WHERE repository_id = %s)",
    "DELETE FROM registry_api_manifestreference WHERE manifest_id IN"
    " (SELECT id FROM registry_api_manifest WHERE repository_id = %s)",
    "DELETE FROM registry_api_manifestlabel WHERE manifest_id IN"
    " (SELECT id FROM registry_api_manifest WHERE repository_id = %s)",
    "DELETE FROM registry_api_manifestattributes WHERE manifest_id IN"
    " (SELECT id FROM registry_api_manifest WHERE repository_id = %s)",
    "DELETE FROM registry_api_tag WHERE repository_id = %s",
    "DELETE FROM registry_api_tagevent WHERE repository_id = %s",
    "DELETE FROM registry_api_manifest WHERE repository_id = %s",
)


def describe_repository(*, actor: Actor, repository: Repository, description: str) -> Repository:
    """Sets the text that the portal shows. Raises Forbidden, BadRequest, NotFound, Denied (read-only)."""
    require_writable()
    require(actor, "repository", "update", project=repository.project_id, repository=repository.name)
    if len(description) > LONGEST_DESCRIPTION:
        raise BadRequest(f"a description has up to {LONGEST_DESCRIPTION} characters", field="description")
    with transaction.atomic():
        repository = locked(Repository.objects.all(), repository.pk)
        changed = changes({"description": repository.description}, {"description": description})
        if changed:
            repository.description = description
            repository.save(update_fields=["description", "update_time"])
            lengths = {word: {"description": len(text["description"])} for word, text in changed.items()}
            _record(actor, "update_repository", repository.name, repository.project_id, lengths)
    return repository


def delete_repository(*, actor: Actor, repository: Repository) -> None:
    """Removes the repository with its artifacts and tags; garbage collection frees the bytes that nobody else shows.

    Raises Forbidden, NotFound, Precondition (a tag of it is immutable), Denied (read-only).
    """
    require_writable()
    require(actor, "repository", "delete", project=repository.project_id, repository=repository.name)
    name = repository.name
    with sql.joined():
        row = find_repository(name, Lock.DELETE)
        if row is None or row.id != repository.pk:
            raise NotFound(f"the repository {name} does not exist any more")
        tags = [tag for (tag,) in sql.rows("SELECT name FROM registry_api_tag WHERE repository_id = %s", [row.id])]
        fixed = immutable_among(row.project_id, name, tags) if row.has_tag_rules else set()
        if fixed:
            raise Precondition(f"the tag {name}:{min(fixed)} is immutable, so that the repository has to stay")
        freed = _manifest_bytes(row)
        publish_deletions(
            row.id, ArtifactDeleted(project_id=row.project_id, operator=actor.name, repository=name, digest="")
        )
        _remove_manifests(row)
        freed += _unlink_blobs(row)
        sql.send("DELETE FROM registry_api_repository WHERE id = %s", [row.id])
        _record(actor, "delete_repository", name, row.project_id, {"tags": len(tags)})
        quota.add_usage(row, -freed)
        bump_on_commit(repository_counter(name))


def _manifest_bytes(row: RepositoryRow) -> int:
    found = sql.row("SELECT COALESCE(SUM(size), 0) FROM registry_api_manifest WHERE repository_id = %s", [row.id])
    return int(found[0]) if found else 0


def _remove_manifests(row: RepositoryRow) -> None:
    for statement in REMOVALS:
        sql.send(statement, [row.id])


def _unlink_blobs(row: RepositoryRow) -> int:
    """Hides the blobs; the bytes of those that no other repository of the project shows, which no longer count."""
    gone = sql.rows("DELETE FROM registry_api_repositoryblob WHERE repository_id = %s RETURNING blob_id", [row.id])
    blob_ids = [blob_id for (blob_id,) in gone]
    lock_blobs(blob_ids, Hold.ALONE)
    return uncount_blobs(row, blob_ids)


def _record(actor: Actor, operation: str, name: str, project_id: int, detail: dict[str, Any]) -> None:
    audit.record(
        actor=actor,
        operation=operation,
        resource_type="repository",
        resource=name,
        project=project_id,
        detail=detail,
    )
