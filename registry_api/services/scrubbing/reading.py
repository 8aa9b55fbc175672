"""A whole scrub: what the database knows against the store, then the store against the database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

import audit
from accounts.actors import Actor
from registry_api import sql
from registry_api.models.finding import Problem
from registry_api.oci.digest import Digest
from registry_api.selectors.blobs import BlobRow
from registry_api.services import limits
from registry_api.services.collection.options import Watch
from registry_api.services.reservations import reserved_among
from registry_api.services.scrubbing.findings import (
    forget_collected,
    forget_findings,
    forget_old_orphans,
    found_among,
    keep_finding,
)
from registry_api.services.scrubbing.pace import Pace
from registry_api.storage import store
from registry_api.storage.contract import NotStored, StoredBlob, StoreUnavailable

DEFAULT_RATE = 20 << 20  # bytes a second
PAGE = 400
STORED = "SELECT id, digest, size FROM registry_api_blob WHERE state = 'stored' AND id > %s ORDER BY id LIMIT %s"
STILL_STORED = "SELECT 1 FROM registry_api_blob WHERE id = %s AND state = 'stored'"
ALL = "SELECT COALESCE(SUM(size), 0) FROM registry_api_blob WHERE state = 'stored'"
KNOWN = "SELECT digest FROM registry_api_blob WHERE digest IN"
CONDEMN = (
    "INSERT INTO registry_api_blob (digest, size, state, touched_at, creation_time)"
    " VALUES (%s, %s, 'condemned', %s, %s) ON CONFLICT (digest) DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Options:
    """``rate`` in bytes a second, 0 for no limit. ``remove_orphans``: garbage collection is to delete what nobody knows
    of; ``grace``: but for what was written that lately, and may be on its way to being known."""

    rate: int = DEFAULT_RATE
    remove_orphans: bool = False
    grace: timedelta = field(default_factory=limits.grace_time)
    begun: datetime = field(default_factory=timezone.now)


@dataclass(slots=True)
class Report:
    """Sizes are in bytes. ``reached``: the id of the blob that was read last; a scrub goes on behind it."""

    reached: int = 0
    checked_blobs: int = 0
    checked_bytes: int = 0
    corrupt_blobs: int = 0
    missing_blobs: int = 0
    orphans: int = 0
    orphan_bytes: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.corrupt_blobs or self.missing_blobs or self.orphans)

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Wrong:
    problem: Problem
    detail: str


def scrub(
    *,
    actor: Actor,
    options: Options,
    watch: Watch,
    report: Report | None = None,
    keep: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Reads everything, or what is left of it behind the ``report`` of a scrub that was ended.

    The report is ``keep``'s whenever something more is settled: what was kept last is enough to go on from. Raises
    StoreUnavailable when the store as a whole cannot be read, and what ``watch.check`` raises.
    """
    report = report or Report()
    try:
        _read_all(options, report, watch, keep)
        _look_for_orphans(options, report, watch)
        forget_collected()
    finally:
        audit.record(
            actor=actor,
            operation="scrub_blobs",
            resource_type="scrub",
            resource="blobs",
            detail={"remove_orphans": options.remove_orphans, **report.as_dict()},
        )
    return report


def _read_all(options: Options, report: Report, watch: Watch, keep: Callable[[Report], None]) -> None:
    pace = Pace(options.rate, watch.check)
    found = sql.row(ALL, [])
    total = int(found[0]) if found else 0
    for page in _stored_blobs(report.reached):
        known = found_among([blob.digest for blob in page])
        for blob in page:
            wrong = _examine(blob, pace)
            if wrong is None:
                forget_findings(known & {blob.digest})
            elif sql.rows(STILL_STORED, [blob.id]):
                _report(blob, wrong, report, watch)
            report.checked_blobs += 1
            report.checked_bytes += blob.size
            report.reached = blob.id
            keep(report)
            watch.progress(report.checked_bytes, total, "bytes")


def _stored_blobs(last: int) -> Iterator[list[BlobRow]]:
    """Those with a greater id."""
    while page := [BlobRow(*line) for line in sql.rows(STORED, [last, PAGE])]:
        yield page
        last = page[-1].id


def _examine(blob: BlobRow, pace: Pace) -> _Wrong | None:
    digest = Digest.parse(blob.digest)
    hasher, size = hashlib.new(digest.algorithm), 0
    try:
        for piece in store().read(digest):
            hasher.update(piece)
            size += len(piece)
            pace.took(len(piece))
    except NotStored:
        return _Wrong(Problem.MISSING, "")
    except StoreUnavailable as error:
        # One bad place on a disk, or no store at all: then this raises the same again.
        store().check()
        return _Wrong(Problem.CORRUPT, f"cannot be read: {error}")
    if size != blob.size:
        return _Wrong(Problem.CORRUPT, f"has {size} bytes instead of {blob.size}")
    if hasher.hexdigest() != digest.encoded:
        return _Wrong(Problem.CORRUPT, f"has the digest {digest.algorithm}:{hasher.hexdigest()}")
    return None


def _report(blob: BlobRow, wrong: _Wrong, report: Report, watch: Watch) -> None:
    keep_finding(blob.digest, wrong.problem, blob.size, wrong.detail)
    watch.log.warning("%s: %s %s", blob.digest, wrong.problem.value, wrong.detail)
    if wrong.problem is Problem.MISSING:
        report.missing_blobs += 1
    else:
        report.corrupt_blobs += 1


def _look_for_orphans(options: Options, report: Report, watch: Watch) -> None:
    report.orphans = report.orphan_bytes = 0  # always looked for from the beginning
    for stored in sql.batches(store().walk(), PAGE):
        watch.check()
        for blob in _unknown(stored, options):
            report.orphans += 1
            report.orphan_bytes += blob.size
            keep_finding(str(blob.digest), Problem.ORPHAN, blob.size, "")
            watch.log.warning("%s: orphan of %d bytes", blob.digest, blob.size)
            if options.remove_orphans:
                # As a row, so that it is kept apart from an upload of the same bytes like any other blob.
                with sql.joined():
                    sql.send(CONDEMN, [str(blob.digest), blob.size, sql.stored(blob.written_at), sql.now()])
    forget_old_orphans(options.begun)


def _unknown(stored: list[StoredBlob], options: Options) -> list[StoredBlob]:
    digests = [str(blob.digest) for blob in stored]
    # Those on their way first: when they have arrived, they are known.
    known = reserved_among(digests)
    known |= {digest for (digest,) in sql.rows(f"{KNOWN} ({sql.placeholders(len(digests))})", digests)}
    oldest = options.begun - options.grace
    return [blob for blob in stored if str(blob.digest) not in known and blob.written_at <= oldest]
