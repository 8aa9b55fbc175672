"""The kind of job, and the chore that administrators know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from jobs.framework.kinds import Kind, Queue, register
from jobs.framework.run import Again, Run
from jobs.upkeep.chores import Chore, keep_result, start_scheduled
from jobs.upkeep.parameters import flag, whole
from registry_api.services.scrubbing import Options, Report, scrub
from registry_api.services.scrubbing.reading import DEFAULT_RATE
from registry_api.storage.contract import StoreUnavailable

FASTEST = 1 << 40  # bytes a second


def read_everything(run: Run) -> None:
    """One scrub; where its worker was lost or the store was away, from where it was."""
    options, report = Options(**run.parameters), _report_so_far(run)
    run.log.info("reading at %s", f"{options.rate} bytes a second" if options.rate else "full speed")
    try:
        scrub(actor=run.actor, options=options, watch=run, report=report, keep=lambda each: run.note(**each.as_dict()))
    except StoreUnavailable as error:
        raise Again(f"the store cannot be read: {error}") from error
    finally:
        run.note(**report.as_dict())
    run.log.info(
        "read %d blobs: %d are damaged, %d are missing; the store has %d that nothing knows of",
        report.checked_blobs,
        report.corrupt_blobs,
        report.missing_blobs,
        report.orphans,
    )


def _report_so_far(run: Run) -> Report:
    kept = run.noted_before
    report = Report(**{name: kept[name] for name in Report().as_dict() if name in kept})
    if report.reached:
        run.log.info("going on behind the %d blobs that were read already", report.checked_blobs)
    return report


def read(given: Mapping[str, Any]) -> dict[str, Any]:
    """Raises BadRequest."""
    return {
        "rate": whole(given, "rate", 0, FASTEST, DEFAULT_RATE),
        "remove_orphans": flag(given, "remove_orphans"),
    }


SCRUB = Chore(
    kind=register(
        Kind(
            "SCRUB",
            read_everything,
            queue=Queue.MAINTENANCE,
            tries=3,
            time_limit=timedelta(days=30),
            when_ended=keep_result,
            on_schedule=start_scheduled,
        )
    ),
    # Whoever may free the store may look through it.
    resource="garbage-collection",
    word="scrub",
    read=read,
)
