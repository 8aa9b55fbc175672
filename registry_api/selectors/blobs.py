"""Finding blobs. A digest exists for a repository only through its link, never because the store happens to hold it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import NamedTuple

from registry_api import sql

OF_REPOSITORY = (
    " FROM registry_api_repository r"
    " JOIN registry_api_repositoryblob l ON l.repository_id = r.id"
    " JOIN registry_api_blob b ON b.id = l.blob_id"
    " WHERE r.name = %s AND b.state <> 'deleting' AND b.digest"
)
IN_REPOSITORY = f"SELECT b.id, b.digest, b.size {OF_REPOSITORY}"
# Damaged, as the last scrub has seen it, and not pushed again since.
SOUND = (
    " AND NOT EXISTS (SELECT 1 FROM registry_api_blobfinding w WHERE w.digest = b.digest AND w.seen_at > b.touched_at)"
)
WITH_LINK = f"SELECT b.id, b.digest, b.size, l.id, l.touched_at < %s {OF_REPOSITORY} = %s{SOUND}"


class BlobRow(NamedTuple):
    id: int
    digest: str
    size: int


def find_blob(repository_name: str, digest: str) -> BlobRow | None:
    found = sql.row(f"{IN_REPOSITORY} = %s", [repository_name, digest])
    return BlobRow(*found) if found else None


class LinkRow(NamedTuple):
    """Where a repository shows a blob; ``is_old``: it was touched last before the moment that was asked about."""

    id: int
    is_old: bool


def find_linked_blob(repository_name: str, digest: str, moment: datetime) -> tuple[BlobRow, LinkRow] | None:
    """Without those that a scrub has found damaged: whoever has them is to push them again."""
    found = sql.row(WITH_LINK, [sql.stored(moment), repository_name, digest])
    return (BlobRow(*found[:3]), LinkRow(found[3], bool(found[4]))) if found else None


def ask_blobs(repository_name: str, digests: Collection[str]) -> Callable[[], dict[str, BlobRow]]:
    """Those of the digests that the repository holds, when they are called for."""
    asked = [
        sql.ask(f"{IN_REPOSITORY} IN ({sql.placeholders(len(part))})", [repository_name, *part])
        for part in sql.batches(digests)
    ]
    return lambda: {line[1]: BlobRow(*line) for answer in asked for line in answer()}


def repositories_holding(digest: str, limit: int) -> list[str]:
    """Names of repositories from which the blob could be mounted, most recently linked first."""
    found = sql.rows(
        "SELECT r.name FROM registry_api_blob b"
        " JOIN registry_api_repositoryblob l ON l.blob_id = b.id"
        " JOIN registry_api_repository r ON r.id = l.repository_id"
        " WHERE b.digest = %s AND b.state <> 'deleting' ORDER BY l.id DESC LIMIT %s",
        [digest, limit],
    )
    return [name for (name,) in found]
