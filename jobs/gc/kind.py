"""The kind of job, and the chore that administrators know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from jobs.framework.kinds import Kind, Queue, register
from jobs.framework.run import Again, Run
from jobs.upkeep.chores import Chore, keep_result, start_scheduled
from jobs.upkeep.parameters import flag, whole
from registry_api.services.collection import Options, Report, collect_garbage
from registry_api.services.collection.options import MOST_WORKERS
from registry_api.storage.contract import StoreUnavailable


def collect(run: Run) -> None:
    """One collection; a second one after a crash ends what the first has begun."""
    given = run.parameters
    chosen: dict[str, Any] = {name: given[name] for name in ("delete_untagged", "dry_run", "workers") if name in given}
    if "grace" in given:
        chosen["grace"] = timedelta(seconds=given["grace"])
    options, report = Options(**chosen), Report()
    if options.dry_run:
        run.keep_whole_log()
    run.log.info("collecting what nothing has referred to since %s", f"{options.oldest_blob:%Y-%m-%d %H:%M:%S} UTC")
    try:
        collect_garbage(actor=run.actor, options=options, watch=run, report=report)
    except StoreUnavailable as error:
        raise Again(f"the store does not delete: {error}") from error
    finally:
        run.note(**report.as_dict())
    run.log.info(
        "%s %d manifests and %d blobs, %d bytes in all",
        "a run would delete" if options.dry_run else "deleted",
        report.purged_manifests,
        report.purged_blobs,
        report.freed_space,
    )


def read(given: Mapping[str, Any]) -> dict[str, Any]:
    """Harbor's parameters. Raises BadRequest."""
    return {
        "delete_untagged": flag(given, "delete_untagged"),
        "dry_run": flag(given, "dry_run"),
        "workers": whole(given, "workers", 1, MOST_WORKERS, 1),
    }


GARBAGE_COLLECTION = Chore(
    kind=register(
        Kind(
            "GARBAGE_COLLECTION",
            collect,
            queue=Queue.MAINTENANCE,
            tries=3,
            when_ended=keep_result,
            on_schedule=start_scheduled,
        )
    ),
    resource="garbage-collection",
    word="garbage_collection",
    read=read,
)
