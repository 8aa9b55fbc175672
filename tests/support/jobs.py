"""Doing jobs in the test's own process and transaction."""

from __future__ import annotations

from typing import NamedTuple

from django.utils import timezone

from jobs.framework.claiming import claim_task
from jobs.framework.kinds import Queue, kind_named
from jobs.framework.run import Run
from jobs.framework.working import conclude, outcome_of
from jobs.models import Execution, Schedule, Status, Task, Trigger, Worker
from registry_api.models import BlobFinding
from registry_api.models.finding import Problem


def run_now(execution: Execution) -> Execution:
    """Does the execution's tasks, those that they add too, until none is due any more; the row as it is then."""
    while (queue := _due_queue(execution)) is not None:
        task = claim_task(queue, "the test")
        assert task is not None
        run_task_now(task)
    execution.refresh_from_db()
    return execution


def run_task_now(task: Task) -> Run:
    """Does one claimed task, without the pulse that would need a connection of its own."""
    kind = kind_named(task.kind)
    run = Run(task, task.execution, time_limit=kind.time_limit.total_seconds())
    outcome = outcome_of(run, kind.work)
    conclude(task, run, outcome)
    return run


class JobRows(NamedTuple):
    execution: Execution
    task: Task
    schedule: Schedule
    worker: Worker


def make_job_rows() -> JobRows:
    """One of each: an execution that is done, with its task, a schedule and a worker."""
    now = timezone.now()
    task = make_done()
    execution = task.execution
    schedule = Schedule.objects.create(kind=execution.kind, cron="0 0 0 * * *", next_run_at=now)
    return JobRows(execution, task, schedule, make_worker())


def make_worker() -> Worker:
    """One that was heard of just now."""
    now = timezone.now()
    return Worker.objects.create(name="worker@rows", host="host", pid=1, slots=1, start_time=now, seen_at=now)


def make_done(kind: str = "OF_THE_SYSTEM") -> Task:
    """The only task of an execution; both are done."""
    now = timezone.now()
    execution = Execution.objects.create(kind=kind, trigger=Trigger.MANUAL, status=Status.SUCCESS, end_time=now)
    task = Task.planned(execution=execution, kind=kind, queue="default", status=Status.SUCCESS, end_time=now)
    task.save()
    return task


def make_finding() -> BlobFinding:
    """Of a scrub."""
    now = timezone.now()
    digest = f"sha256:{'0' * 64}"
    return BlobFinding.objects.create(digest=digest, problem=Problem.MISSING, size=7, found_at=now, seen_at=now)


def _due_queue(execution: Execution) -> Queue | None:
    due = Task.objects.filter(execution=execution, status=Status.PENDING, not_before__lte=timezone.now()).first()
    return Queue(due.queue) if due else None
