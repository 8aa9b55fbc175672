"""Taking tasks from the queue, keeping them, and giving them back."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from jobs.framework.executions import lock_execution, settle
from jobs.framework.kinds import kind_named, known_kinds
from jobs.framework.logs import logged_bytes
from jobs.framework.waking import wake_on_commit
from jobs.models import PausedKind, Status, Task

LEASE = timedelta(seconds=30)  # without a sign of life, a task is taken from its worker
LONGEST_PAUSE = 3600  # seconds before a task is begun again


def claim_task(queue: str, worker: str) -> Task | None:
    """The oldest task of the queue that is due and not paused, now running and this worker's; None if there is none."""
    now = timezone.now()
    with transaction.atomic():
        task = (
            # With the execution: whoever has begun a task has to be able to do it without asking for more.
            Task.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("execution")
            .filter(queue=queue, status=Status.PENDING, not_before__lte=now, kind__in=known_kinds())
            .exclude(kind__in=PausedKind.objects.values("kind"))
            .order_by("not_before", "pk")
            .first()
        )
        if task is None:
            return None
        claim(task, worker)
    return task


def claim(task: Task, worker: str) -> None:
    """Makes a pending task, which the caller's transaction has locked or made, this worker's."""
    now = timezone.now()
    task.status = Status.RUNNING
    task.status_message = ""
    task.run_count += 1
    task.worker = worker
    task.lease_until = now + LEASE
    task.start_time = task.start_time or now
    task.update_time = now
    task.save()
    if task.run_count > 1:
        task.logged = logged_bytes(task)


def end_task(task: Task, status: Status, message: str = "") -> bool:
    """Ends a running task and, with the last one, its execution. False when somebody else has taken it meanwhile."""
    now = timezone.now()
    with transaction.atomic():
        execution = lock_execution(task.execution_id)
        ended = _held(task).update(
            status=status, status_message=message[:4000], end_time=now, update_time=now, lease_until=None
        )
        if ended and execution is not None:
            settle(execution)
    return bool(ended)


def put_back(task: Task, message: str, *, counts: bool, after: float | None = None) -> Status | None:
    """Lets the task be begun again, after ``after`` seconds or a pause that grows with each failure.

    What it is then: pending, an error where it ``counts`` and the kind's tries are used up, stopped where somebody has
    asked for that; None when it is not the caller's any more.
    """
    if counts and task.failures + 1 >= kind_named(task.kind).tries:
        return Status.ERROR if end_task(task, Status.ERROR, message) else None
    if after is None:
        after = _pause(task.failures) if counts else 0
    now = timezone.now()
    with transaction.atomic():
        done = _held(task, stop_asked=False).update(
            status=Status.PENDING,
            status_message=message[:4000],
            failures=F("failures") + int(counts),
            not_before=now + timedelta(seconds=min(after, LONGEST_PAUSE)),
            lease_until=None,
            update_time=now,
            worker="",
        )
        if done:
            wake_on_commit(task.queue)
            return Status.PENDING
    return Status.STOPPED if end_task(task, Status.STOPPED, "stopped on request") else None


def reclaim_lost(moment: datetime) -> int:
    """Tasks whose workers have not been heard of are put back, or end as errors; how many."""
    running = Task.objects.filter(status=Status.RUNNING, kind__in=known_kinds())
    lost = list(running.filter(lease_until__lt=moment).order_by("lease_until")[:100])
    for task in lost:
        # A worker that was only slow finds at its next beat that the task is not its own any more.
        put_back(task, "the worker that did it has gone away", counts=True)
    return len(lost)


def _held(task: Task, **more: bool) -> QuerySet[Task]:
    return Task.objects.filter(pk=task.pk, status=Status.RUNNING, run_count=task.run_count, **more)


def _pause(failures: int) -> float:
    """10, 20, 40 … seconds, and up to half as much again, so that what failed together does not come back together."""
    return 10 * 2 ** min(failures, 9) * random.uniform(1, 1.5)
