"""Cross-repository mounts (OCI: mounting a blob from another repository)."""

from __future__ import annotations

from accounts.generations import bump_on_commit
from registry_api import sql
from registry_api.oci.digest import Digest
from registry_api.selectors.blobs import BlobRow, find_blob, repositories_holding
from registry_api.services import links, quota
from registry_api.services.access import Caller, require
from registry_api.services.changes import repository_counter
from registry_api.services.read_only import require_writable

# How many repositories that hold a blob are looked at when the client names none.
CANDIDATES = 50
RESCUE = (
    "UPDATE registry_api_blob SET touched_at = %s, state = 'stored' WHERE id = %s AND state <> 'deleting'"
    " AND NOT EXISTS (SELECT 1 FROM registry_api_blobfinding w"
    " WHERE w.digest = registry_api_blob.digest AND w.seen_at > registry_api_blob.touched_at)"
)


@quota.tells_refusals
def mount_blob(*, caller: Caller, repository: str, digest: Digest, source: str | None) -> bool:
    """Shows a blob that the caller may read elsewhere to ``repository`` as well; False when there is none to mount.

    Without ``source`` any repository will do that the caller may pull from with these credentials (automatic mount). A
    blob that exists but that the caller may not read is treated as one that does not exist. Raises AccessRefused,
    Denied (quota, read-only).
    """
    require_writable()
    require(caller, repository, "push")
    blob = _readable_from(caller, source, str(digest)) if source else _readable_anywhere(caller, str(digest))
    if blob is None:
        return False
    now = sql.now()
    with sql.joined():
        row = links.ensure_repository(repository, now)
        # Condemned ones are rescued; one whose bytes are being deleted, are gone by now or are damaged cannot be.
        if not sql.run(RESCUE, [now, blob.id]):
            return False
        if links.link_blob(row, blob.id, now):
            quota.add_usage(row, blob.size, quota.Push(caller.actor.name, repository, str(digest)))
        bump_on_commit(repository_counter(repository))
    return True


def _readable_from(caller: Caller, source: str, digest: str) -> BlobRow | None:
    return find_blob(source, digest) if caller.allows(source, "pull") else None


def _readable_anywhere(caller: Caller, digest: str) -> BlobRow | None:
    for name in caller.allowing(repositories_holding(digest, CANDIDATES), "pull"):
        return find_blob(name, digest)
    return None
