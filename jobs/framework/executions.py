"""Beginning, stopping and ending executions. Whether somebody may is decided by the services of each kind of job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.db.models import Case, Count, F, Field, QuerySet, Value, When
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone

from accounts.actors import Actor
from accounts.errors import Conflict
from accounts.models import Project
from jobs.framework.apart import apart
from jobs.framework.kinds import Kind, kind_named
from jobs.framework.run import Run, Stopped
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
        # The key is all that can be taken. Whoever has it may give it up before anybody could look.
        if single:
            raise Conflict("the job is running already") from error
        raise
    if not _insert_tasks(execution, kind, tasks):
        settle(execution)
    return execution


def add_tasks(run: Run, tasks: Iterable[Mapping[str, Any]]) -> None:
    """Adds tasks to the execution of a task that plans while it runs.

    Raises Stopped when that task is not to go on: whoever stops the execution would not find what comes afterwards.
    """
    with transaction.atomic():
        execution = lock_execution(run.execution_id)
        planning = Task.objects.filter(pk=run.task_id, status=Status.RUNNING, run_count=run.attempt, stop_asked=False)
        if execution is None or not planning.exists():
            raise Stopped("stopped on request, or taken by somebody else")
        _insert_tasks(execution, kind_named(execution.kind), tasks)


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


def lock_execution(execution_id: int) -> Execution | None:
    """The execution as it is now, None when it has ended; in the caller's transaction nobody else stops or ends it.

    Whoever changes an execution and its tasks locks the execution first, so that no two wait for each other.
    """
    return Execution.objects.select_for_update().filter(pk=execution_id, end_time=None).first()


def stop_execution(execution: Execution) -> None:
    """Lets no task of it begin; those that run stop within seconds. One that has ended stays as it is."""
    with transaction.atomic():
        _stop(execution.pk, Task.objects.all())


def stop_task(task: Task) -> None:
    with transaction.atomic():
        _stop(task.execution_id, Task.objects.filter(pk=task.pk))


def stop_waiting(tasks: QuerySet[Task]) -> None:
    """Stops those of the tasks that wait to be begun, of any execution."""
    waiting = tasks.filter(status=Status.PENDING)
    with transaction.atomic():
        for execution_id in waiting.order_by("execution_id").values_list("execution_id", flat=True).distinct():
            _stop(execution_id, waiting)


def _stop(execution_id: int, tasks: QuerySet[Task]) -> None:
    """In one statement: a task that begins or is put back meanwhile would slip through between two."""
    execution = lock_execution(execution_id)
    if execution is None:
        return
    now = timezone.now()
    of_waiting = {"status": Status.STOPPED, "status_message": "stopped while it waited", "end_time": now}
    tasks.filter(execution=execution_id, status__in=UNFINISHED).update(
        stop_asked=True, update_time=now, **{name: _if_waiting(name, value) for name, value in of_waiting.items()}
    )
    settle(execution)


def _if_waiting(name: str, value: Any) -> Case:
    field = cast("Field[Any, Any]", Task._meta.get_field(name))
    return Case(When(status=Status.PENDING, then=Value(value, output_field=field)), default=F(name))


def settle(execution: Execution) -> None:
    """Ends the execution when none of its tasks is unfinished, and calls the kind.

    The caller's transaction has locked or made it. As Harbor does: one failed task is an error of the whole, else one
    that was stopped stops it.
    """
    counts = task_counts(execution)
    if any(counts.get(status) for status in UNFINISHED):
        return
    execution.status = next((status for status in (Status.ERROR, Status.STOPPED) if counts.get(status)), Status.SUCCESS)
    if execution.status != Status.SUCCESS and not execution.status_message:
        execution.status_message = _first_message(execution)
    execution.end_time = execution.update_time = timezone.now()
    execution.single_key = None
    execution.save()
    # It has ended, whatever comes of what is to follow: one that cannot end would keep the next ones out for ever.
    with apart(f"what follows the end of {execution.kind} {execution.pk}"):
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


@receiver(pre_delete, sender=Project)
def lock_executions_of_project(sender: type[Project], instance: Project, **options: Any) -> None:
    """They go with the project, their tasks before them: whoever ends a task at that moment must not wait for both."""
    unfinished = Execution.objects.select_for_update().filter(project=instance, end_time=None)
    list(unfinished.order_by("pk").values_list("pk"))
