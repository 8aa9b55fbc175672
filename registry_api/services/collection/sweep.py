"""Deleting condemned blobs: their rows are marked, then their bytes go, then their rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import NamedTuple

from django.utils import timezone

from registry_api import sql
from registry_api.oci.digest import Digest
from registry_api.selectors.blobs import BlobRow
from registry_api.selectors.garbage import NOWHERE, condemned_blobs, count_condemned
from registry_api.services import quota
from registry_api.services.collection.options import Report, Watch
from registry_api.services.reservations import ABANDONED, reserved_among
from registry_api.storage import store
from registry_api.storage.contract import StoreUnavailable

TOGETHER = 500  # blobs that are marked in one transaction and deleted by one request
# Seconds from the mark to the deletion. A process that was held up for longer (a suspended machine) does not delete:
# uploads of the same bytes may no longer wait for it.
PROMPT = 20.0
MARK = "UPDATE registry_api_blob SET state = 'deleting', touched_at = %s WHERE state <> 'stored' AND id IN"
UNCOUNT = "DELETE FROM registry_api_projectblob WHERE blob_id IN"
# Uploads that wait go on at once. It stays absent for everybody else: the bytes may be gone already.
LET_GO = "UPDATE registry_api_blob SET touched_at = %s WHERE state = 'deleting' AND id IN"
FORGET = "DELETE FROM registry_api_blob WHERE state = 'deleting' AND id IN"


class _Holder(NamedTuple):
    project_id: int
    storage_limit: int = quota.UNLIMITED


class _Batch(NamedTuple):
    blobs: list[BlobRow]
    marked_at: float


def delete_condemned(workers: int, report: Report, watch: Watch) -> None:
    """Deletes all that is condemned, and what an earlier run has left half deleted.

    Raises StoreUnavailable, when the store refuses a batch: what is not deleted waits for the next run.
    """
    total = count_condemned()
    running: dict[Future[set[Digest]], _Batch] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="collection") as pool:
        try:
            for page in condemned_blobs(TOGETHER):
                watch.check()
                batch = _marked(page, report)
                if batch.blobs:
                    running[pool.submit(_delete, batch)] = batch
                if len(running) >= workers:
                    _forget_deleted(running, report)
                watch.progress(report.purged_blobs, total, "blobs")
        finally:
            # Whatever ends the run: what was deleted is not to stay marked.
            while running:
                _forget_deleted(running, report)
    watch.progress(report.purged_blobs, total, "blobs")


def _marked(page: list[BlobRow], report: Report) -> _Batch:
    """The page without what was rescued and what uploads have reserved, marked."""
    marked_at = time.monotonic()
    with sql.joined():
        marks = sql.placeholders(len(page))
        ids = [blob.id for blob in page]
        values = [sql.now(), *ids]
        marked = sql.rows(f"{MARK} ({marks}){NOWHERE} RETURNING id, digest, size", values)
        blobs = sorted((BlobRow(*line) for line in marked), key=lambda blob: blob.digest)
        _uncount({blob.id: blob.size for blob in blobs})
    # A statement of its own after the commit: whoever has reserved a digest by now is seen, and whoever does so later
    # sees the mark.
    reserved = reserved_among([blob.digest for blob in blobs])
    _let_go([blob.id for blob in blobs if blob.digest in reserved])
    report.kept_blobs += len(page) - len(blobs) + len(reserved)
    return _Batch([blob for blob in blobs if blob.digest not in reserved], marked_at)


def _uncount(sizes: dict[int, int]) -> None:
    """A blob that no repository shows counts for no project."""
    for part in sql.batches(sizes):
        gone = sql.rows(f"{UNCOUNT} ({sql.placeholders(len(part))}) RETURNING project_id, blob_id", part)
        for project_id, blob_id in gone:
            quota.add_usage(_Holder(project_id), -sizes[blob_id])


def _delete(batch: _Batch) -> set[Digest]:
    if time.monotonic() - batch.marked_at > PROMPT:
        return set()
    return store().delete([Digest.parse(blob.digest) for blob in batch.blobs])


def _forget_deleted(running: dict[Future[set[Digest]], _Batch], report: Report) -> None:
    """Waits for one or more batches and removes the rows of what is gone. Raises StoreUnavailable."""
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    failure: StoreUnavailable | None = None
    for future in done:
        batch = running.pop(future)
        try:
            gone = {str(digest) for digest in future.result()}
        except StoreUnavailable as error:
            failure, gone = error, set()
        deleted = [blob for blob in batch.blobs if blob.digest in gone]
        _in_parts(lambda part: sql.send(f"{FORGET} ({sql.placeholders(len(part))})", part), deleted)
        report.purged_blobs += len(deleted)
        report.freed_space += sum(blob.size for blob in deleted)
        report.kept_blobs += len(batch.blobs) - len(deleted)
    if failure is not None:
        raise failure


def _let_go(ids: list[int]) -> None:
    if ids:
        with sql.joined():
            long_ago = sql.stored(timezone.now() - 2 * ABANDONED)
            sql.send(f"{LET_GO} ({sql.placeholders(len(ids))})", [long_ago, *ids])


def _in_parts(change: Callable[[list[int]], None], blobs: list[BlobRow]) -> None:
    for part in sql.batches([blob.id for blob in blobs]):
        with sql.joined():
            change(part)
