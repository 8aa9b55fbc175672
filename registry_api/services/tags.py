"""Moving and deleting tags."""

from __future__ import annotations

from typing import Any

from django.db import transaction

import audit
from accounts.actors import Actor
from accounts.generations import bump_on_commit
from registry_api import sql
from registry_api.oci.errors import Denied, ManifestUnknown
from registry_api.selectors.repositories import Lock, RepositoryRow, find_repository
from registry_api.services.access import Caller, require
from registry_api.services.changes import repository_counter
from registry_api.services.immutability import is_immutable, require_mutable
from registry_api.services.read_only import require_writable


def point_tag(
    *, actor: Actor, repository: RepositoryRow, name: str, tag: str, manifest_id: int, digest: str, now: Any
) -> bool:
    """Lets the tag point at the manifest, inside the caller's transaction; False when it did already.

    Whether the tag is new is decided by the insert itself, so that of two first pushes of an immutable tag one loses.
    Raises Denied when the tag exists, points elsewhere and is immutable.
    """
    made = sql.run(
        "INSERT INTO registry_api_tag (repository_id, name, manifest_id, push_time) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (repository_id, name) DO NOTHING",
        [repository.id, tag, manifest_id, now],
    )
    if not made:
        current = sql.row(
            "SELECT manifest_id FROM registry_api_tag WHERE repository_id = %s AND name = %s", [repository.id, tag]
        )
        moved = current is None or current[0] != manifest_id
        if moved and is_immutable(repository.project_id, name, tag):
            raise Denied(f"the tag {name}:{tag} is immutable: it cannot be pushed again with other content")
        sql.run(
            "UPDATE registry_api_tag SET manifest_id = %s, push_time = %s WHERE repository_id = %s AND name = %s",
            [manifest_id, now, repository.id, tag],
        )
        if not moved:
            return False
    record_tag_event(actor, repository.id, tag, digest, now)
    return True


def record_tag_event(actor: Actor, repository_id: int, tag: str, digest: str, now: Any) -> None:
    sql.run(
        "INSERT INTO registry_api_tagevent (repository_id, name, digest, actor_name, time) VALUES (%s, %s, %s, %s, %s)",
        [repository_id, tag, digest, actor.name, now],
    )


def delete_tag(*, caller: Caller, repository: str, tag: str) -> None:
    """Removes the tag and leaves its manifest (OCI: deleting tags). Raises AccessRefused, Denied, ManifestUnknown."""
    require_writable()
    require(caller, repository, "delete")
    now = sql.now()
    with transaction.atomic():
        row = find_repository(repository, Lock.DELETE)
        found = row and sql.row(
            "SELECT t.id, m.digest FROM registry_api_tag t JOIN registry_api_manifest m ON m.id = t.manifest_id"
            " WHERE t.repository_id = %s AND t.name = %s",
            [row.id, tag],
        )
        if row is None or not found:
            raise ManifestUnknown(f"there is no tag {tag} in {repository}")
        require_mutable(row.project_id, repository, [tag])
        sql.run("DELETE FROM registry_api_tag WHERE id = %s", [found[0]])
        record_tag_event(caller.actor, row.id, tag, "", now)
        audit.record(
            actor=caller.actor,
            operation="delete_tag",
            resource_type="tag",
            resource=f"{repository}:{tag}",
            project=row.project_id,
            detail={"digest": found[1]},
        )
        bump_on_commit(repository_counter(repository))
