"""Beginning, stopping and ending executions. Whether somebody may is decided by the services of each kind of job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone

from accounts.actors import Actor
from accounts.errors import Conflict
from jobs.framework.kinds import Kind, kind_named
from jobs.framework.run import Stopped
from jobs.framework.waking import wake_on_commit
from jobs.models import UNFINISHED, Execution, Status, Task, Trigger

BATCH = 500
ONE_TASK: tuple[Mapping[str, Any], ...] = ({},)


def start_execution(
    kind: Kind,
    *,
    actor: Actor,
    trigger: Trigger,
    subject_id: int = 0,
    project_id: int | None = None,
    parameters: Mapping[str, Any] | None = None,
    tasks: Iterable[Mapping[str, Any]] = ONE_TASK,
    single: bool = False,
) -> Execution:
    """Begins an execution in the caller's transaction, with one task for each of ``tasks``, which are parameters.

    Raises Conflict with ``single`` while another one of this kind and subject runs.
    """
    now = timezone.now()
    execution = Execution(
        kind=kind.name,
        subject_id=subject_id,
        project_id=project_id,
        trigger=trigger,
        operator=actor.name[:512],
        parameters=dict(parameters or {}),
        single_key=f"{kind.name}:{subject_id}" if single else None,
        start_time=now,
        update_time=now,
    )
    try:
        with transaction.atomic():
            execution.save(force_insert=True)
    except IntegrityError as error:
        if single and Execution.objects.filter(single_key=execution.single_key).exists():
            raise Conflict("the job is running already") from error
        raise
    if not _insert_tasks(execution, kind, tasks):
        settle(execution.pk)
        execution.refresh_from_db()
    return execution


def add_tasks(execution: Execution, tasks: Iterable[Mapping[str, Any]], kind: Kind | None = None) -> None:
    """Adds tasks to an execution, as one that plans does while it runs. Raises Stopped when it has ended meanwhile."""
    with transaction.atomic():
        locked = Execution.objects.select_for_update().filter(pk=execution.pk, end_time=None).first()
        if locked is None:
            raise Stopped("the execution has ended")
        _insert_tasks(locked, kind or kind_named(execution.kind), tasks)


def _insert_tasks(execution: Execution, kind: Kind, tasks: Iterable[Mapping[str, Any]]) -> int:
    planned = (
        Task.planned(execution=execution, kind=kind.name, queue=kind.queue, parameters=dict(each)) for each in tasks
    )
    count = 0
    while batch := list(islice(planned, BATCH)):
        Task.objects.bulk_create(batch)
        count += len(batch)
    if count:
        wake_on_commit(kind.queue, count)
    return count


def stop_execution(execution: Execution) -> None:
    """Lets no task of it begin; those that run stop within seconds. One that has ended stays as it is."""
    with transaction.atomic():
        Execution.objects.select_for_update().filter(pk=execution.pk).first()
        _stop_tasks(Task.objects.filter(execution=execution))
        settle(execution.pk)


def stop_task(task: Task) -> None:
    with transaction.atomic():
        Execution.objects.select_for_update().filter(pk=task.execution_id).first()
        _stop_tasks(Task.objects.filter(pk=task.pk))
        settle(task.execution_id)


def _stop_tasks(tasks: Any) -> None:
    now = timezone.now()
    tasks.filter(status=Status.PENDING).update(
        status=Status.STOPPED, status_message="stopped before it began", end_time=now, update_time=now
    )
    tasks.filter(status=Status.RUNNING).update(stop_asked=True)


def settle(execution_id: int) -> None:
    """Ends the execution when none of its tasks is unfinished, in the caller's transaction, and calls the kind.

    As Harbor does: one failed task is an error of the whole, else one that was stopped stops it.
    """
    execution = Execution.objects.select_for_update().filter(pk=execution_id, end_time=None).first()
    if execution is None:
        return
    counts = task_counts(execution)
    if any(counts.get(status) for status in UNFINISHED):
        return
    execution.status = next((status for status in (Status.ERROR, Status.STOPPED) if counts.get(status)), Status.SUCCESS)
    if execution.status != Status.SUCCESS and not execution.status_message:
        execution.status_message = _first_message(execution)
    execution.end_time = execution.update_time = timezone.now()
    execution.single_key = None
    execution.save()
    when_ended = kind_named(execution.kind).when_ended
    if when_ended is not None:
        when_ended(execution)


def task_counts(execution: Execution, kind: Kind | None = None) -> dict[str, int]:
    """How many of its tasks there are in each status."""
    tasks = Task.objects.filter(execution=execution)
    if kind is not None:
        tasks = tasks.filter(kind=kind.name)
    return dict(tasks.order_by().values_list("status").annotate(Count("pk")))


def _first_message(execution: Execution) -> str:
    found = Task.objects.filter(execution=execution, status=execution.status).order_by("pk").first()
    return found.status_message if found else ""
