"""Blobs that a repository shows though no manifest of it names them: it shows them no more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from accounts.generations import bump_on_commit
from registry_api import sql
from registry_api.selectors.garbage import Place, unused_links
from registry_api.selectors.repositories import Lock, find_repository
from registry_api.services import quota
from registry_api.services.changes import repository_counter
from registry_api.services.collection.options import Options, Report, Watch
from registry_api.services.links import Hold, lock_blobs, uncount_blobs

TOGETHER = 200  # in one transaction, for which pushes to the repository wait
DROP = "DELETE FROM registry_api_repositoryblob WHERE repository_id = %s AND touched_at <= %s AND blob_id IN"
# Asked again under the lock, which keeps new manifests out.
UNLESS_NAMED = (
    "AND NOT EXISTS (SELECT 1 FROM registry_api_manifestreference f JOIN registry_api_manifest m"
    " ON m.id = f.manifest_id WHERE f.blob_id = registry_api_repositoryblob.blob_id AND m.repository_id = %s)"
    " RETURNING blob_id"
)


def drop_unused_links(places: list[Place], options: Options, report: Report, watch: Watch) -> None:
    """Hides such blobs from these repositories and takes them off their projects' usage."""
    for place, blob_ids in unused_by_place(places, options):
        for part in sql.batches(blob_ids, TOGETHER):
            watch.check()
            report.dropped_links += _drop(place, part, sql.stored(options.oldest_link))


def unused_by_place(places: list[Place], options: Options) -> Iterator[tuple[Place, list[int]]]:
    """Repositories with ids of blobs; one may come more than once."""
    by_id = {place.id: place for place in places}
    for page in unused_links(places, sql.stored(options.oldest_link)):
        for repository_id, pairs in groupby(page, key=lambda pair: pair[0]):
            # One that was made meanwhile may have an id between the others.
            if repository_id in by_id:
                yield by_id[repository_id], [blob_id for _, blob_id in pairs]


def _drop(place: Place, blob_ids: list[int], before: object) -> int:
    with sql.joined():
        row = find_repository(place.name, Lock.DELETE)
        if row is None or row.id != place.id:
            return 0
        lock_blobs(blob_ids, Hold.ALONE)
        marks = sql.placeholders(len(blob_ids))
        dropped = sql.rows(f"{DROP} ({marks}) {UNLESS_NAMED}", [row.id, before, *blob_ids, row.id])
        freed = uncount_blobs(row, [blob_id for (blob_id,) in dropped])
        quota.add_usage(row, -freed)
        bump_on_commit(repository_counter(place.name))
    return len(dropped)
