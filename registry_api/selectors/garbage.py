"""Finding what garbage collection may take: always in pages, and by rows, never by looking into the store."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from registry_api import sql
from registry_api.selectors.blobs import BlobRow
from registry_api.selectors.wholes import Doomed

REPOSITORIES = "SELECT id, name FROM registry_api_repository WHERE id > %s ORDER BY id LIMIT %s"
REPOSITORIES_AT_ONCE = 100
PAGE = 1000
# Where each page has to be sorted out of all that its repositories hold: few, and still small enough for the memory.
SORTED_PAGE = 20_000

# The ids alone, which an index has: rows are wide.
UNTAGGED = (
    "SELECT m.repository_id, m.id FROM registry_api_manifest m"
    " WHERE m.repository_id BETWEEN %s AND %s AND (m.repository_id > %s OR m.id > %s)"
    " AND m.subject_digest = '' AND m.push_time <= %s"
    " AND NOT EXISTS (SELECT 1 FROM registry_api_tag t WHERE t.manifest_id = m.id)"
    " AND NOT EXISTS (SELECT 1 FROM registry_api_manifestreference f WHERE f.child_id = m.id)"
    " ORDER BY m.repository_id, m.id LIMIT %s"
)
STILL_UNTAGGED = (
    "SELECT m.id, m.digest, m.size FROM registry_api_manifest m"
    " WHERE m.repository_id = %s AND m.push_time <= %s AND (m.pull_time IS NULL OR m.pull_time <= %s)"
    " AND NOT EXISTS (SELECT 1 FROM registry_api_tag t WHERE t.manifest_id = m.id)"
    " AND NOT EXISTS (SELECT 1 FROM registry_api_manifestreference f WHERE f.child_id = m.id) AND m.id IN"
)
USED = "SELECT 1 FROM registry_api_manifest WHERE (push_time > %s OR pull_time > %s) AND id IN"
# Both sides are read once, however many manifests share a layer.
UNUSED_LINKS = (
    "SELECT l.repository_id, l.blob_id FROM registry_api_repositoryblob l"
    " WHERE l.repository_id BETWEEN %s AND %s AND (l.repository_id > %s OR l.blob_id > %s) AND l.touched_at <= %s"
    " EXCEPT SELECT m.repository_id, f.blob_id FROM registry_api_manifest m"
    " JOIN registry_api_manifestreference f ON f.manifest_id = m.id"
    " WHERE m.repository_id BETWEEN %s AND %s AND f.blob_id IS NOT NULL"
    " ORDER BY 1, 2 LIMIT %s"
)
NOWHERE = (
    " AND NOT EXISTS (SELECT 1 FROM registry_api_repositoryblob l WHERE l.blob_id = registry_api_blob.id)"
    " AND NOT EXISTS (SELECT 1 FROM registry_api_manifestreference f WHERE f.blob_id = registry_api_blob.id)"
)
UNSHOWN = "SELECT id, digest, size FROM registry_api_blob WHERE id > %s AND state = 'stored' AND touched_at <= %s"
# By digest: those next to each other lie next to each other in the store, too.
CONDEMNED = "SELECT id, digest, size FROM registry_api_blob WHERE state IN ('condemned', 'deleting') AND digest > %s"


class Place(NamedTuple):
    """A repository."""

    id: int
    name: str


def repositories() -> Iterator[list[Place]]:
    """All of them, in pages by id."""
    last = 0
    while page := [Place(*line) for line in sql.rows(REPOSITORIES, [last, REPOSITORIES_AT_ONCE])]:
        yield page
        last = page[-1].id


def count_repositories() -> int:
    return _count("SELECT COUNT(*) FROM registry_api_repository")


def untagged(places: list[Place], before: Any) -> Iterator[list[tuple[int, int]]]:
    """Pairs of repository and manifest that has no tag, is no part of an index and refers to no subject, pushed last
    before the moment."""
    repository, last, manifest = places[0].id, places[-1].id, 0
    while page := sql.rows(UNTAGGED, [repository, last, repository, manifest, before, SORTED_PAGE]):
        yield page
        repository, manifest = page[-1]


def still_untagged(repository_id: int, before: Any, ids: Collection[int]) -> list[Doomed]:
    """Of those the ones that are so now, and that nobody has pulled since either, by their ids."""
    found = []
    for part in sql.batches(ids):
        marks = sql.placeholders(len(part))
        found += sql.rows(f"{STILL_UNTAGGED} ({marks}) ORDER BY m.id", [repository_id, before, before, *part])
    return [Doomed(*line) for line in found]


def is_any_used_since(manifest_ids: Collection[int], moment: Any) -> bool:
    """Whether one of the manifests was pushed or pulled after the moment."""
    return any(
        sql.rows(f"{USED} ({sql.placeholders(len(part))}) LIMIT 1", [moment, moment, *part])
        for part in sql.batches(manifest_ids)
    )


def unused_links(places: list[Place], before: Any) -> Iterator[list[tuple[int, int]]]:
    """Pairs of repository and blob that no manifest there names, touched last before the moment."""
    first, last = places[0].id, places[-1].id
    repository, blob = first, 0
    while page := sql.rows(UNUSED_LINKS, [repository, last, repository, blob, before, first, last, SORTED_PAGE]):
        yield page
        repository, blob = page[-1]


def unshown_blobs(before: Any) -> Iterator[list[BlobRow]]:
    """Those that no repository shows, touched last before the moment."""
    last = 0
    while page := [
        BlobRow(*line) for line in sql.rows(f"{UNSHOWN}{NOWHERE} ORDER BY id LIMIT %s", [last, before, PAGE])
    ]:
        yield page
        last = page[-1].id


def condemned_blobs(size: int, *, without_shown: bool = False) -> Iterator[list[BlobRow]]:
    """In pages of that size, with those whose deletion an earlier run has begun; ``without_shown``: and without those
    that a run would acquit first."""
    statement = f"{CONDEMNED}{NOWHERE if without_shown else ''} ORDER BY digest LIMIT %s"
    last = ""
    while page := [BlobRow(*line) for line in sql.rows(statement, [last, size])]:
        yield page
        last = page[-1].digest


def count_condemned() -> int:
    return _count("SELECT COUNT(*) FROM registry_api_blob WHERE state IN ('condemned', 'deleting')")


def _count(statement: str) -> int:
    found = sql.row(statement, [])
    return int(found[0]) if found else 0
