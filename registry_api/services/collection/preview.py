"""What a run would take, found by the same rules and without changing anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import timedelta

from django.conf import settings

from registry_api import sql
from registry_api.selectors.blobs import BlobRow
from registry_api.selectors.garbage import Place, condemned_blobs, unshown_blobs
from registry_api.selectors.wholes import Doomed
from registry_api.services.collection.options import Options, Report, Watch
from registry_api.services.collection.unlinking import unused_by_place
from registry_api.services.collection.untagged import untagged_wholes
from registry_api.services.collection.walking import walk_repositories
from registry_api.services.upload_rows import count_expired

BLOBS_OF = (
    "SELECT DISTINCT l.blob_id FROM registry_api_manifestreference f JOIN registry_api_repositoryblob l"
    " ON l.blob_id = f.blob_id AND l.repository_id = %s WHERE l.touched_at <= %s AND f.manifest_id IN"
)
NAMED_BY = (
    "SELECT f.blob_id, f.manifest_id FROM registry_api_manifestreference f JOIN registry_api_manifest m"
    " ON m.id = f.manifest_id WHERE m.repository_id = %s AND f.blob_id IN"
)
# Shown by as many repositories as are going to drop it.
LINKS = (
    "SELECT b.id, b.digest, b.size, (SELECT COUNT(*) FROM registry_api_repositoryblob l WHERE l.blob_id = b.id)"
    " FROM registry_api_blob b WHERE b.touched_at <= %s AND b.id IN"
)


def preview(options: Options, report: Report, watch: Watch) -> None:
    """Lists in the log what would go, and counts it. Its memory grows with what would go, not with what there is."""
    report.expired_uploads = count_expired(timedelta(seconds=settings.UPLOAD_LIFETIME))
    dropped: Counter[int] = Counter()
    for places in walk_repositories(watch):
        for _, blob_ids in unused_by_place(places, options):
            dropped.update(blob_ids)
        if options.delete_untagged:
            for place, doomed in untagged_wholes(places, options, watch):
                _tell(place, doomed, report, watch)
                dropped.update(_named_by_these_alone(place, doomed, options))
    report.dropped_links = dropped.total()
    for page in condemned_blobs(1000, without_shown=True):
        _count(page, report, watch)
    for page in unshown_blobs(sql.stored(options.oldest_blob)):
        _count(page, report, watch)
    for part in sql.batches(dropped):
        watch.check()
        found = sql.rows(f"{LINKS} ({sql.placeholders(len(part))})", [sql.stored(options.oldest_blob), *part])
        _count([BlobRow(*blob) for *blob, links in found if links == dropped[blob[0]]], report, watch)


def _tell(place: Place, doomed: dict[int, Doomed], report: Report, watch: Watch) -> None:
    for each in doomed.values():
        watch.check()
        watch.log.info("would delete %s@%s, which has no tag (%d bytes)", place.name, each.digest, each.size)
    report.purged_manifests += len(doomed)
    report.freed_space += sum(each.size for each in doomed.values())


def _named_by_these_alone(place: Place, doomed: Collection[int], options: Options) -> set[int]:
    """Blobs that nothing in the repository would name without these manifests."""
    named: set[int] = set()
    for part in sql.batches(doomed):
        values = [place.id, sql.stored(options.oldest_link), *part]
        named |= {blob_id for (blob_id,) in sql.rows(f"{BLOBS_OF} ({sql.placeholders(len(part))})", values)}
    kept: set[int] = set()
    for part in sql.batches(named):
        found = sql.rows(f"{NAMED_BY} ({sql.placeholders(len(part))})", [place.id, *part])
        kept |= {blob_id for blob_id, manifest_id in found if manifest_id not in doomed}
    return named - kept


def _count(blobs: list[BlobRow], report: Report, watch: Watch) -> None:
    for blob in blobs:
        watch.log.info("would delete %s (%d bytes)", blob.digest, blob.size)
    report.purged_blobs += len(blobs)
    report.freed_space += sum(blob.size for blob in blobs)
