"""What administrators do to single schedules, whatever they begin."""

from __future__ import annotations

import audit
from accounts.actors import Actor
from accounts.selectors.rights import require
from accounts.services.rows import locked, writing
from jobs.framework.schedules import set_paused
from jobs.models import Schedule


def rest_schedule(*, actor: Actor, schedule: Schedule, paused: bool) -> bool:
    """Lets it rest, or go on with its next time: what came due meanwhile is not made up for. Whether that is new to it.

    Raises Forbidden, NotFound (it was taken away meanwhile).
    """
    require(actor, "jobservice-monitor", "stop")
    with writing():
        row = locked(Schedule.objects.all(), schedule.pk)
        if row.paused == paused:
            return False
        set_paused(row, paused=paused)
        audit.record(
            actor=actor,
            operation="pause_schedule" if paused else "resume_schedule",
            resource_type="schedule",
            resource=row.kind,
            detail={"kind": row.kind, "subject": row.subject_id},
        )
    return True
