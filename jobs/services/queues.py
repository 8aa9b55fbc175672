"""What administrators do to the queues and to single jobs (Harbor's job service dashboard)."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from django.db import transaction

import audit
from accounts.actors import Actor
from accounts.errors import NotFound
from accounts.selectors.rights import require
from jobs.framework.executions import stop_task, stop_waiting
from jobs.framework.kinds import all_kinds, kind_named
from jobs.framework.schedules import SCHEDULER, skip_missed
from jobs.framework.waking import wake_on_commit
from jobs.models import PausedKind, Status, Task

ALL = "all"

Action = Literal["stop", "pause", "resume"]


def act_on_queue(*, actor: Actor, kind: str, action: Action) -> None:
    """Stops what is pending of a kind of job, or lets it wait, or go on; ``all`` means every kind.

    ``SCHEDULER`` pauses and resumes the schedules. Raises Forbidden, NotFound (no such kind).
    """
    require(actor, "jobservice-monitor", "stop")
    if kind == SCHEDULER:
        kinds = [SCHEDULER]
    elif kind == ALL:
        kinds = [SCHEDULER, *(each.name for each in all_kinds())]
    else:
        kinds = [kind_named(kind).name]
    with transaction.atomic():
        if action == "stop":
            stop_waiting(Task.objects.filter(kind__in=kinds))
        else:
            _set_paused(kinds, paused=action == "pause")
        audit.record(actor=actor, operation=f"{action}_job_queue", resource_type="job_queue", resource=kind)


def stop_job(*, actor: Actor, job_id: str) -> None:
    """Stops one task by its job id, or every one that runs with ``all``. Raises Forbidden, NotFound."""
    require(actor, "jobservice-monitor", "stop")
    with transaction.atomic():
        if job_id == ALL:
            for task in Task.objects.filter(status=Status.RUNNING).order_by("execution_id", "pk"):
                stop_task(task)
        else:
            stop_task(job_named(job_id))
        audit.record(actor=actor, operation="stop_job", resource_type="job", resource=job_id)


def job_named(job_id: str) -> Task:
    """Raises NotFound."""
    try:
        task = Task.objects.filter(job_id=UUID(job_id)).first()
    except ValueError:
        task = None
    if task is None:
        raise NotFound(f"there is no job {job_id[:64]}")
    return task


def _set_paused(kinds: list[str], *, paused: bool) -> None:
    if paused:
        PausedKind.objects.bulk_create([PausedKind(kind=kind) for kind in kinds], ignore_conflicts=True)
        return
    PausedKind.objects.filter(kind__in=kinds).delete()
    if SCHEDULER in kinds:
        skip_missed()
    for queue in {kind.queue for kind in all_kinds() if kind.name in kinds}:
        wake_on_commit(queue)
