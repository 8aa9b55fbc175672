"""The kind of job, and the chore that administrators know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

import audit
from accounts.errors import BadRequest
from audit.events import EVENTS
from audit.purging import purge
from jobs.framework.kinds import Kind, Queue, register
from jobs.framework.run import Run
from jobs.upkeep.chores import Chore, keep_result, start_scheduled
from jobs.upkeep.parameters import flag, whole

MOST_HOURS = 240_000  # Harbor's


def purge_record(run: Run) -> None:
    """One purge. Whoever keeps nothing by 0 hours, or names no events, has nothing purged (Harbor)."""
    hours, dry_run = run.parameters["audit_retention_hour"], run.parameters["dry_run"]
    operations = split(run.parameters["include_event_types"])
    if hours <= 0 or not operations:
        run.log.info("nothing is to be purged: there is no retention time, or no kind of event is named")
        run.note(purged_records=0)
        return
    before = timezone.now() - timedelta(hours=hours)
    found = 0

    def step(so_far: int, done: int, total: int) -> None:
        nonlocal found
        found = so_far
        run.progress(done, total, "records")
        run.check()

    try:
        purge(before, operations, step, dry_run=dry_run)
    finally:
        run.note(purged_records=found)
        if not dry_run:
            audit.record(
                actor=run.actor,
                operation="purge_audit_log",
                resource_type="purge",
                resource="audit log",
                detail={"before": before, "event_types": operations, "purged_records": found},
            )
    doing = "a run would delete" if dry_run else "deleted"
    run.log.info("%s %d records from before %s", doing, found, f"{before:%Y-%m-%d %H:%M:%S} UTC")


def read(given: Mapping[str, Any]) -> dict[str, Any]:
    """Harbor's parameters. Raises BadRequest."""
    named = given.get("include_event_types")
    if not isinstance(named, str):
        raise BadRequest("include_event_types names kinds of events, with commas between", field="include_event_types")
    unknown = [name for name in split(named) if name not in EVENTS]
    if unknown:
        raise BadRequest(f"there is no event type {unknown[0][:64]}", field="include_event_types")
    return {
        "audit_retention_hour": whole(given, "audit_retention_hour", -1, MOST_HOURS),
        "include_event_types": ",".join(split(named)),
        "dry_run": flag(given, "dry_run"),
    }


def split(named: str) -> list[str]:
    return [name.strip() for name in named.split(",") if name.strip()]


PURGE = Chore(
    kind=register(
        Kind(
            "PURGE_AUDIT_LOG",
            purge_record,
            queue=Queue.MAINTENANCE,
            tries=3,
            keep=10,
            when_ended=keep_result,
            on_schedule=start_scheduled,
        )
    ),
    resource="purge-audit",
    word="purge",
    read=read,
)
