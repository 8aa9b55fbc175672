"""Repositories and the links between them and blobs: what the first push makes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Any

from registry_api import sql
from registry_api.oci.errors import NameUnknown
from registry_api.oci.reference import project_of
from registry_api.selectors.blobs import BlobRow
from registry_api.selectors.repositories import Lock, RepositoryRow, find_repository

COUNT = "INSERT INTO registry_api_projectblob (project_id, blob_id) VALUES"
ONCE = "ON CONFLICT (project_id, blob_id) DO NOTHING"
UNCOUNT = "DELETE FROM registry_api_projectblob WHERE project_id = %s AND blob_id IN"
UNLESS_SHOWN = (
    "AND NOT EXISTS (SELECT 1 FROM registry_api_repositoryblob l JOIN registry_api_repository r"
    " ON r.id = l.repository_id WHERE l.blob_id = registry_api_projectblob.blob_id AND r.project_id = %s)"
    " RETURNING blob_id"
)
BYTES_OF = "SELECT COALESCE(SUM(size), 0) FROM registry_api_blob WHERE id IN"
ONE_BY_ONE = "SELECT b.id FROM registry_api_blob b WHERE b.id IN"


def find_project_id(repository_name: str) -> int:
    """The id of the project that the name begins with, which cannot be deleted before the end of the caller's
    transaction. Raises NameUnknown."""
    found = sql.row(
        "SELECT p.id FROM accounts_project p WHERE p.name = %s FOR KEY SHARE OF p", [project_of(repository_name)]
    )
    if found is None:
        raise NameUnknown(f"the project of {repository_name} does not exist")
    return int(found[0])


def ensure_repository(name: str, now: Any) -> RepositoryRow:
    """The repository's row, made when it is not there yet, and locked for a push inside the caller's transaction.

    Raises NameUnknown.
    """
    return find_repository(name, Lock.PUSH) or make_repository(name, now)


def make_repository(name: str, now: Any) -> RepositoryRow:
    """The same for one that was not there a moment ago; somebody else may make it at this moment."""
    sql.send(
        "INSERT INTO registry_api_repository (project_id, name, description, pull_count, creation_time, update_time)"
        " VALUES (%s, %s, '', 0, %s, %s) ON CONFLICT (name) DO NOTHING",
        [find_project_id(name), name, now, now],
    )
    made = find_repository(name, Lock.PUSH)
    if made is None:
        raise NameUnknown(f"repository {name} was removed while it was pushed to")
    return made


def link_blob(repository: RepositoryRow, blob_id: int, now: Any) -> bool:
    """Shows the blob to the repository; True when its project did not hold it before: then it counts for the quota.

    The caller has written the blob's row in this transaction, so that nobody can hide or delete it meanwhile.
    """
    sql.send(
        "INSERT INTO registry_api_repositoryblob (repository_id, blob_id, touched_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (repository_id, blob_id) DO UPDATE SET touched_at = excluded.touched_at",
        [repository.id, blob_id, now],
    )
    counted = sql.run(
        f"{COUNT} (%s, %s) {ONCE}",
        [repository.project_id, blob_id],
    )
    return counted == 1


def link_blobs(repository: RepositoryRow, blobs: Collection[BlobRow], now: Any) -> int:
    """The same for many at once; the bytes of those that count for the quota from now on."""
    # In one order, so that two who link the same blobs cannot wait for each other.
    sizes = {blob.id: blob.size for blob in sorted(blobs)}
    lock_blobs(sizes, Hold.SHARED)
    sql.insert_many(
        "INSERT INTO registry_api_repositoryblob (repository_id, blob_id, touched_at) VALUES",
        [[repository.id, blob_id, now] for blob_id in sizes],
        "ON CONFLICT (repository_id, blob_id) DO NOTHING",
    )
    counted = sql.insert_many_returning(
        COUNT, [[repository.project_id, blob_id] for blob_id in sizes], f"{ONCE} RETURNING blob_id"
    )
    return sum(sizes[blob_id] for (blob_id,) in counted)


class Hold(StrEnum):
    """How a transaction holds rows of blobs while it decides who still shows them. PostgreSQL only, as with
    repositories. Neither keeps a manifest that names the blob from being stored."""

    SHARED = "SHARE"
    ALONE = "NO KEY UPDATE"


def lock_blobs(blob_ids: Iterable[int], hold: Hold) -> None:
    """Waits for those who link or unlink these blobs; what is read afterwards is true until the caller's commit.

    Call it after the repository was locked.
    """
    for part in sql.batches(sorted(blob_ids)):
        sql.send(f"{ONE_BY_ONE} ({sql.placeholders(len(part))}) ORDER BY b.id FOR {hold} OF b", part)


def unlink_blob(repository: RepositoryRow, blob_id: int) -> int:
    """Hides the blob from the repository; the bytes that no longer count for the quota, as no other repository of the
    project shows it any more."""
    lock_blobs([blob_id], Hold.ALONE)
    sql.send(
        "DELETE FROM registry_api_repositoryblob WHERE repository_id = %s AND blob_id = %s", [repository.id, blob_id]
    )
    return uncount_blobs(repository, [blob_id])


def uncount_blobs(repository: RepositoryRow, blob_ids: Collection[int]) -> int:
    """After the repository has hidden these blobs: the bytes of those that its project no longer holds at all."""
    freed = 0
    for part in sql.batches(blob_ids):
        gone = sql.rows(
            f"{UNCOUNT} ({sql.placeholders(len(part))}) {UNLESS_SHOWN}",
            [repository.project_id, *part, repository.project_id],
        )
        freed += _bytes_of([blob_id for (blob_id,) in gone])
    return freed


def _bytes_of(blob_ids: list[int]) -> int:
    if not blob_ids:
        return 0
    found = sql.row(f"{BYTES_OF} ({sql.placeholders(len(blob_ids))})", blob_ids)
    return int(found[0]) if found else 0


def record_blob(digest: str, size: int, now: Any) -> int:
    """The id of the digest's row, whose bytes are durable in the store by now; the row is made or freshened.

    The upload that brought them has reserved the digest, so that even a row that is marked for deletion may be taken
    back: who marked it has yet to look for reservations.
    """
    found = sql.row(
        "INSERT INTO registry_api_blob (digest, size, state, touched_at, creation_time)"
        " VALUES (%s, %s, 'stored', %s, %s)"
        " ON CONFLICT (digest) DO UPDATE SET state = 'stored', touched_at = excluded.touched_at RETURNING id",
        [digest, size, now, now],
    )
    assert found is not None  # noqa: S101 - the statement always returns its row
    return int(found[0])
