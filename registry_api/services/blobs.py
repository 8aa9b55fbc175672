"""Promising blobs to pushes, and deleting them (OCI: checking if content exists, deleting blobs)."""

from __future__ import annotations

from django.utils import timezone

import audit
from accounts.generations import bump_on_commit
from registry_api import sql
from registry_api.oci.digest import Digest
from registry_api.oci.errors import BlobUnknown, Unsupported
from registry_api.selectors.blobs import BlobRow, find_blob, find_linked_blob
from registry_api.selectors.repositories import Lock, find_repository
from registry_api.services import limits, links, quota
from registry_api.services.access import Caller, require
from registry_api.services.changes import repository_counter
from registry_api.services.read_only import require_writable

TOUCH = "UPDATE registry_api_repositoryblob SET touched_at = %s WHERE id = %s"


def promise_blob(*, repository: str, digest: Digest) -> BlobRow | None:
    """The blob, for a client that asks whether it has to upload it; None when it has to.

    After a yes the client counts on the blob: garbage collection leaves it to the repository for long enough to push a
    manifest (:func:`registry_api.services.limits.push_window`). That is written down only when a good part of that time
    has passed since it was last.
    """
    now = timezone.now()
    found = find_linked_blob(repository, str(digest), now - limits.promise_lifetime())
    if found is None:
        return None
    blob, link = found
    if link.is_old:
        with sql.quick_commit():
            # None, when the link was dropped at this moment.
            if not sql.run(TOUCH, [sql.stored(now), link.id]):
                return None
    return blob


def delete_blob(*, caller: Caller, repository: str, digest: Digest) -> None:
    """Hides the blob from the repository; garbage collection removes bytes that nobody shows any more.

    Raises AccessRefused, BlobUnknown, Unsupported while a manifest of the repository still needs the blob.
    """
    require_writable()
    require(caller, repository, "delete")
    with sql.joined():
        row, blob = find_repository(repository, Lock.DELETE), find_blob(repository, str(digest))
        if row is None or blob is None:
            raise BlobUnknown(detail={"digest": str(digest)})
        if _is_referenced(row.id, blob.id):
            raise Unsupported("the blob is part of a manifest of this repository; delete the manifest first")
        freed = links.unlink_blob(row, blob.id)
        audit.record(
            actor=caller.actor,
            operation="delete_blob",
            resource_type="blob",
            resource=f"{repository}@{digest}",
            project=row.project_id,
        )
        quota.add_usage(row, -freed)
        bump_on_commit(repository_counter(repository))


def _is_referenced(repository_id: int, blob_id: int) -> bool:
    found = sql.row(
        "SELECT 1 FROM registry_api_manifestreference f JOIN registry_api_manifest m ON m.id = f.manifest_id"
        " WHERE f.blob_id = %s AND m.repository_id = %s LIMIT 1",
        [blob_id, repository_id],
    )
    return found is not None
