"""Moving and deleting tags."""

from __future__ import annotations

from typing import Any, NamedTuple

import audit
from accounts.actors import Actor
from accounts.generations import bump_on_commit
from registry_api import sql
from registry_api.events import TagDeleted, publish
from registry_api.oci.errors import ManifestUnknown
from registry_api.selectors.repositories import Lock, RepositoryRow, find_repository
from registry_api.services.access import Caller, require
from registry_api.services.changes import repository_counter
from registry_api.services.immutability import Immutable, is_immutable, require_mutable
from registry_api.services.read_only import require_writable

INSERT = "INSERT INTO registry_api_tag (repository_id, name, manifest_id, push_time) VALUES (%s, %s, %s, %s)"
OR_MOVE = (
    " ON CONFLICT (repository_id, name) DO UPDATE SET manifest_id = excluded.manifest_id,"
    " push_time = excluded.push_time WHERE registry_api_tag.manifest_id <> excluded.manifest_id"
)


class ManifestId(NamedTuple):
    """A manifest's row; ``is_new``: it was made in this very transaction."""

    id: int
    is_new: bool


def point_tag(
    *, actor: Actor, repository: RepositoryRow, name: str, tag: str, manifest: ManifestId, digest: str, now: Any
) -> bool:
    """Lets the tag point at the manifest, inside the caller's transaction; False when it did already.

    Raises Immutable when the tag exists, points elsewhere and is immutable.
    """
    if repository.has_tag_rules:
        moved = _point_unless_fixed(repository, name, tag, manifest.id, now)
    else:
        moved = _point(repository.id, tag, manifest, now)
    if moved:
        record_tag_event(actor, repository.id, tag, digest, now)
    else:
        sql.send(
            "UPDATE registry_api_tag SET push_time = %s WHERE repository_id = %s AND name = %s",
            [now, repository.id, tag],
        )
    return moved


def _point(repository_id: int, tag: str, manifest: ManifestId, now: Any) -> bool:
    """One statement for new tags and moved ones. At a new manifest no tag points yet: then nothing is waited for."""
    values = [repository_id, tag, manifest.id, now]
    if manifest.is_new:
        sql.send(INSERT + OR_MOVE, values)
        return True
    return sql.run(INSERT + OR_MOVE, values) == 1


def _point_unless_fixed(repository: RepositoryRow, name: str, tag: str, manifest_id: int, now: Any) -> bool:
    """Whether the tag is new is decided by the insert itself, so that of two first pushes of a fixed tag one loses."""
    if sql.run(INSERT + " ON CONFLICT (repository_id, name) DO NOTHING", [repository.id, tag, manifest_id, now]):
        return True
    current = sql.row(
        "SELECT manifest_id FROM registry_api_tag WHERE repository_id = %s AND name = %s", [repository.id, tag]
    )
    if current is not None and current[0] == manifest_id:
        return False
    if is_immutable(repository.project_id, name, tag):
        raise Immutable(f"the tag {name}:{tag} is immutable: it cannot be pushed again with other content")
    return sql.run(INSERT + OR_MOVE, [repository.id, tag, manifest_id, now]) == 1


def record_tag_event(actor: Actor, repository_id: int, tag: str, digest: str, now: Any) -> None:
    sql.send(
        "INSERT INTO registry_api_tagevent (repository_id, name, digest, actor_name, time) VALUES (%s, %s, %s, %s, %s)",
        [repository_id, tag, digest, actor.name, now],
    )


def delete_tag(*, caller: Caller, repository: str, tag: str) -> None:
    """Removes the tag and leaves its manifest (OCI: deleting tags). Raises AccessRefused, Denied, ManifestUnknown."""
    require_writable()
    require(caller, repository, "delete")
    with sql.joined():
        row = find_repository(repository, Lock.DELETE)
        if row is None or not drop_tag(actor=caller.actor, repository=row, name=repository, tag=tag):
            raise ManifestUnknown(f"there is no tag {tag} in {repository}")
        # What is refused only now is undone with the transaction: a tag that is not there is not immutable.
        require_mutable(row.project_id, repository, [tag])


def drop_tag(*, actor: Actor, repository: RepositoryRow, name: str, tag: str) -> bool:
    """Takes the tag away inside the caller's transaction; False when there was none."""
    gone = sql.row(
        "DELETE FROM registry_api_tag WHERE repository_id = %s AND name = %s RETURNING"
        " (SELECT digest FROM registry_api_manifest WHERE id = manifest_id)",
        [repository.id, tag],
    )
    if gone is None:
        return False
    record_tag_event(actor, repository.id, tag, "", sql.now())
    audit.record(
        actor=actor,
        operation="delete_tag",
        resource_type="tag",
        resource=f"{name}:{tag}",
        project=repository.project_id,
        detail={"digest": gone[0]},
    )
    publish(
        TagDeleted(
            project_id=repository.project_id, operator=actor.name, repository=name, digest=gone[0] or "", tag=tag
        )
    )
    bump_on_commit(repository_counter(name))
    return True
