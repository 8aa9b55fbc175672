"""Pushing and deleting manifests (OCI: pushing manifests, deleting manifests)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from django.utils import timezone

import audit
from accounts.configuration.present import configured
from accounts.generations import bump_on_commit
from registry_api import sql
from registry_api.events import ArtifactDeleted, ArtifactPushed, publish
from registry_api.oci.digest import Digest
from registry_api.oci.errors import ManifestUnknown
from registry_api.oci.manifest import ParsedManifest
from registry_api.selectors.blobs import BlobRow, ask_blobs
from registry_api.selectors.manifests import ManifestRow, find_manifest, is_loose, manifests_of_repository
from registry_api.selectors.repositories import Lock, RepositoryRow, ask_repository, find_repository
from registry_api.selectors.tags import tags_of_manifest, tags_over_manifest
from registry_api.services import limits, links, quota
from registry_api.services.access import Caller, require
from registry_api.services.changes import repository_counter
from registry_api.services.immutability import require_mutable
from registry_api.services.read_only import require_writable
from registry_api.services.references import Resolved, insert_references, named_blobs, resolve_references
from registry_api.services.tags import ManifestId, point_tag, record_tag_event

# As a push of the same manifest would: one that has a tag is in no danger, and its time is that of its last push.
PROMISE = (
    "UPDATE registry_api_manifest SET push_time = %s WHERE id = %s"
    " AND NOT EXISTS (SELECT 1 FROM registry_api_tag t WHERE t.manifest_id = registry_api_manifest.id)"
)


@dataclass(frozen=True, slots=True)
class PushedManifest:
    """``content`` is exactly what came and what will be served again; ``tags`` may be empty (push by digest)."""

    content: bytes
    digest: Digest
    parsed: ParsedManifest
    tags: tuple[str, ...]


def promise_manifest(*, repository: str, digest: Digest) -> ManifestRow | None:
    """The manifest, for a client that asks whether it has to push it; None when it has to.

    As with :func:`registry_api.services.blobs.promise_blob`: clients leave out parts of an index that are there, so
    garbage collection has to leave them for long enough to push the index. One without a tag therefore counts as pushed
    at this moment, when a good part of that time has passed since it was.
    """
    now = timezone.now()
    found = find_manifest(repository, digest)
    # In read-only mode no index will follow.
    if found is None or configured("read_only") or not is_loose(found.id, now - limits.promise_lifetime()):
        return found
    with sql.joined():
        # Whoever deletes it holds the repository from before it looks until it is gone.
        find_repository(repository, Lock.PUSH)
        sql.send(PROMISE, [sql.stored(now), found.id])
        return find_manifest(repository, digest)


@quota.tells_refusals
def put_manifest(*, caller: Caller, repository: str, pushed: PushedManifest) -> None:
    """Stores the manifest and points the tags at it, all in one short transaction.

    Raises AccessRefused, Denied (quota, immutable tag, read-only), ManifestBlobUnknown, ManifestInvalid, NameUnknown;
    nothing has changed then.
    """
    require_writable()
    require(caller, repository, "push")
    now = sql.now()
    with sql.joined():
        found = ask_repository(repository, Lock.PUSH)
        blobs = ask_blobs(repository, named_blobs(pushed.parsed))
        row = found() or links.make_repository(repository, now)
        manifest = store_manifest(row, pushed, blobs(), now)
        moved = [
            tag
            # In one order, so that two pushes of the same tags cannot wait for each other.
            for tag in sorted(pushed.tags)
            if point_tag(
                actor=caller.actor,
                repository=row,
                name=repository,
                tag=tag,
                manifest=manifest,
                digest=str(pushed.digest),
                now=now,
            )
        ]
        if manifest.is_new or moved:
            _audit_push(caller, repository, row, pushed, moved)
        note_push(row, now)
        _publish_push(caller, repository, row, pushed)
        if manifest.is_new:
            quota.add_usage(row, len(pushed.content), quota.Push(caller.actor.name, repository, str(pushed.digest)))
        bump_on_commit(repository_counter(repository))


def store_manifest(row: RepositoryRow, pushed: PushedManifest, blobs: dict[str, BlobRow], now: Any) -> ManifestId:
    """The manifest's row with its references, inside the caller's transaction; one that is there is pushed again.

    ``blobs`` are those of its blobs that the repository holds. Raises ManifestBlobUnknown, ManifestInvalid.
    """
    resolved = resolve_references(row, pushed.parsed, blobs)
    made = _insert(row, pushed, resolved, now)
    if made is not None:
        insert_references(made, pushed.parsed, resolved)
        return ManifestId(made, is_new=True)
    known = sql.row(
        "UPDATE registry_api_manifest SET push_time = %s WHERE repository_id = %s AND digest = %s RETURNING id",
        [now, row.id, str(pushed.digest)],
    )
    if known is None:
        raise ManifestUnknown("the manifest was deleted while it was pushed again")
    return ManifestId(int(known[0]), is_new=False)


def _insert(row: RepositoryRow, pushed: PushedManifest, resolved: Resolved, now: Any) -> int | None:
    parsed = pushed.parsed
    made = sql.row(
        "INSERT INTO registry_api_manifest (repository_id, digest, media_type, artifact_type, config_media_type,"
        " subject_digest, content, size, total_size, depth, annotations, push_time, pull_count)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0)"
        " ON CONFLICT (repository_id, digest) DO NOTHING RETURNING id",
        [
            row.id,
            str(pushed.digest),
            parsed.media_type,
            parsed.artifact_type,
            parsed.config.media_type if parsed.config else "",
            str(parsed.subject.digest) if parsed.subject else "",
            pushed.content,
            len(pushed.content),
            len(pushed.content) + resolved.size,
            resolved.depth,
            orjson.dumps(parsed.annotations).decode(),
            now,
        ],
    )
    return int(made[0]) if made else None


def note_push(row: RepositoryRow, now: Any) -> None:
    """Keeps the repository's push time true to ten seconds, without making parallel pushes wait for its row."""
    if row.push_time is None or str(row.push_time)[:18] != str(now)[:18]:
        sql.send(
            "UPDATE registry_api_repository SET push_time = %s, update_time = %s WHERE id = %s", [now, now, row.id]
        )


def _audit_push(caller: Caller, repository: str, row: RepositoryRow, pushed: PushedManifest, moved: list[str]) -> None:
    name = f"{repository}:{pushed.tags[0]}" if pushed.tags else f"{repository}@{pushed.digest}"
    audit.record(
        actor=caller.actor,
        operation="create_artifact",
        resource_type="artifact",
        resource=name,
        project=row.project_id,
        detail={"digest": str(pushed.digest), "media_type": pushed.parsed.media_type, "tags": moved},
    )


def _publish_push(caller: Caller, repository: str, row: RepositoryRow, pushed: PushedManifest) -> None:
    publish(
        ArtifactPushed(
            project_id=row.project_id,
            operator=caller.actor.name,
            repository=repository,
            digest=str(pushed.digest),
            tags=pushed.tags,
            media_type=pushed.parsed.media_type,
        )
    )


def delete_manifest(*, caller: Caller, repository: str, digest: Digest) -> None:
    """Removes the manifest and every tag that points at it; its blobs wait for garbage collection.

    Raises AccessRefused, Denied (an immutable tag points at it or at an index that it is a part of, read-only),
    ManifestUnknown.
    """
    require_writable()
    require(caller, repository, "delete")
    now = sql.now()
    with sql.joined():
        row = find_repository(repository, Lock.DELETE)
        found = row and manifests_of_repository(row.id, [str(digest)]).get(str(digest))
        if row is None or not found:
            raise ManifestUnknown(f"there is no manifest {digest} in {repository}")
        if row.has_tag_rules:
            require_mutable(row.project_id, repository, tags_over_manifest(found.id))
        tags = tags_of_manifest(found.id)
        remove_manifest(found.id)
        for tag in tags:
            record_tag_event(caller.actor, row.id, tag, "", now)
        audit.record(
            actor=caller.actor,
            operation="delete_artifact",
            resource_type="artifact",
            resource=f"{repository}@{digest}",
            project=row.project_id,
            detail={"tags": tags},
        )
        publish(
            ArtifactDeleted(
                project_id=row.project_id,
                operator=caller.actor.name,
                repository=repository,
                digest=str(digest),
                tags=tuple(tags),
            )
        )
        quota.add_usage(row, -found.size)
        bump_on_commit(repository_counter(repository))


def remove_manifest(manifest_id: int) -> None:
    """The row with all that hangs on it, inside the caller's transaction."""
    sql.send("UPDATE registry_api_manifestreference SET child_id = NULL WHERE child_id = %s", [manifest_id])
    sql.send("DELETE FROM registry_api_manifestreference WHERE manifest_id = %s", [manifest_id])
    sql.send("DELETE FROM registry_api_manifestlabel WHERE manifest_id = %s", [manifest_id])
    sql.send("DELETE FROM registry_api_manifestattributes WHERE manifest_id = %s", [manifest_id])
    sql.send("DELETE FROM registry_api_tag WHERE manifest_id = %s", [manifest_id])
    sql.send("DELETE FROM registry_api_manifest WHERE id = %s", [manifest_id])
