"""Doing jobs in the test's own process and transaction."""

from __future__ import annotations

from jobs.framework.claiming import claim_task
from jobs.framework.kinds import Queue, kind_named
from jobs.framework.run import Run
from jobs.framework.working import conclude, outcome_of, write_down
from jobs.models import Execution, Status, Task


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
    write_down(task, run)
    conclude(task, run, outcome)
    return run


def _due_queue(execution: Execution) -> Queue | None:
    from django.utils import timezone

    due = Task.objects.filter(execution=execution, status=Status.PENDING, not_before__lte=timezone.now()).first()
    return Queue(due.queue) if due else None
