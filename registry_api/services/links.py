"""Repositories and the links between them and blobs: what the first push makes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from registry_api import sql
from registry_api.oci.errors import NameUnknown
from registry_api.oci.reference import project_of
from registry_api.selectors.blobs import BlobRow
from registry_api.selectors.repositories import Lock, RepositoryRow, find_repository

COUNT = "INSERT INTO registry_api_projectblob (project_id, blob_id) VALUES"
ONCE = "ON CONFLICT (project_id, blob_id) DO NOTHING"


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
    """Shows the blob to the repository; True when its project did not hold it before: then it counts for the quota."""
    sql.send(
        "INSERT INTO registry_api_repositoryblob (repository_id, blob_id, creation_time) VALUES (%s, %s, %s)"
        " ON CONFLICT (repository_id, blob_id) DO NOTHING",
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
    sql.insert_many(
        "INSERT INTO registry_api_repositoryblob (repository_id, blob_id, creation_time) VALUES",
        [[repository.id, blob_id, now] for blob_id in sizes],
        "ON CONFLICT (repository_id, blob_id) DO NOTHING",
    )
    counted = 0
    for part in sql.batches(sizes):
        lines = ",".join(["(%s, %s)"] * len(part))
        added = sql.rows(
            f"{COUNT} {lines} {ONCE} RETURNING blob_id",
            [value for blob_id in part for value in (repository.project_id, blob_id)],
        )
        counted += sum(sizes[blob_id] for (blob_id,) in added)
    return counted


def unlink_blob(repository: RepositoryRow, blob_id: int) -> bool:
    """Hides the blob from the repository; True when no other repository of the project shows it any more."""
    sql.send(
        "DELETE FROM registry_api_repositoryblob WHERE repository_id = %s AND blob_id = %s", [repository.id, blob_id]
    )
    freed = sql.run(
        "DELETE FROM registry_api_projectblob WHERE project_id = %s AND blob_id = %s AND NOT EXISTS ("
        "SELECT 1 FROM registry_api_repositoryblob l JOIN registry_api_repository r ON r.id = l.repository_id"
        " WHERE l.blob_id = %s AND r.project_id = %s)",
        [repository.project_id, blob_id, blob_id, repository.project_id],
    )
    return freed == 1


def record_blob(digest: str, size: int, now: Any) -> int:
    """The id of the digest's row, whose bytes are durable in the store by now; the row is made or freshened."""
    found = sql.row(
        "INSERT INTO registry_api_blob (digest, size, state, touched_at, creation_time)"
        " VALUES (%s, %s, 'stored', %s, %s)"
        " ON CONFLICT (digest) DO UPDATE SET state = 'stored', touched_at = excluded.touched_at RETURNING id",
        [digest, size, now, now],
    )
    assert found is not None  # noqa: S101 - the statement always returns its row
    return int(found[0])
