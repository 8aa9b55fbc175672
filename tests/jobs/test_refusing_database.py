"""A database that refuses once, or drops the connection, costs nobody anything: the work goes on and ends rightly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.actors import SYSTEM
from jobs.framework import working
from jobs.framework.claiming import claim_task, reclaim_lost
from jobs.framework.conducting import conduct
from jobs.framework.executions import start_execution
from jobs.framework.kinds import Kind, Queue
from jobs.framework.logs import read_log
from jobs.framework.run import Run
from jobs.framework.schedules import set_schedule
from jobs.framework.tasks import work
from jobs.framework.working import do_task, write_down
from jobs.models import Execution, LogPiece, Schedule, Status, Task, Trigger
from tests.jobs.conftest import MakeKind
from tests.support import session

NAME = "TEST_REFUSED"
# SQLite has no connection that could break.
FAULTS = ["refuses"] if session.database == "sqlite" else ["refuses", "drops"]


def work_and_tell(run: Run) -> None:
    run.log.info("this is said once")
    run.progress(3, 4, "steps")
    run.note(report="this as well")


@pytest.fixture
def kind(committed: None, make_kind: MakeKind, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kind]:
    monkeypatch.setattr(working, "PAUSE", 0.01)

    def begin(schedule: Schedule) -> None:
        start_execution(made, actor=SYSTEM, trigger=Trigger.SCHEDULE)

    made = make_kind(work_and_tell, NAME, queue=Queue.NOTIFY, on_schedule=begin)
    yield made
    Schedule.objects.filter(kind=NAME).delete()
    Execution.objects.filter(kind=NAME).delete()


@pytest.fixture(params=FAULTS)
def once(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Lets the first statement of this thread that begins so fail; says whether one has."""
    drops = request.param == "drops"

    @contextmanager
    def refuse(beginning: str) -> Iterator[list[str]]:
        refused: list[str] = []

        def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            if sql.startswith(beginning) and not refused:
                refused.append(sql)
                if not drops:
                    raise OperationalError("not now")
                connection.connection.close()
            return execute(sql, params, many, context)

        with connection.execute_wrapper(look):
            yield refused

    yield refuse
    connection.close()


def begin(kind: Kind) -> Execution:
    return start_execution(kind, actor=SYSTEM, trigger=Trigger.MANUAL)


def claimed(execution: Execution) -> Task:
    task = claim_task(Queue.NOTIFY, "the test")
    assert task is not None and task.execution_id == execution.pk
    return task


def has_gone_well(execution: Execution) -> bool:
    execution.refresh_from_db()
    task = execution.tasks.get()
    assert (execution.status, task.status, task.run_count, task.failures) == (Status.SUCCESS, Status.SUCCESS, 1, 0)
    assert (task.done, task.total, task.unit, task.result) == (3, 4, "steps", {"report": "this as well"})
    assert b"".join(read_log(task)).count(b"this is said once") == 1
    return not LogPiece.objects.filter(task=task).exists()


@pytest.mark.parametrize("beginning", ["SELECT", 'UPDATE "jobs_task"'])
def test_while_a_task_is_taken(kind: Kind, once: Callable[..., Any], beginning: str) -> None:
    execution = begin(kind)
    with once(beginning) as refused:
        work.apply(args=[Queue.NOTIFY.value], throw=True)
    assert refused
    assert execution.tasks.get().status == Status.PENDING
    work.apply(args=[Queue.NOTIFY.value], throw=True)
    assert has_gone_well(execution)


@pytest.mark.parametrize(
    "beginning", ['INSERT INTO "jobs_logpiece"', 'UPDATE "jobs_task"', 'UPDATE "jobs_execution"', "SELECT"]
)
def test_while_the_end_is_written(kind: Kind, once: Callable[..., Any], beginning: str) -> None:
    execution = begin(kind)
    task = claimed(execution)
    with once(beginning) as refused:
        do_task(task)
    assert refused
    assert has_gone_well(execution)


def test_while_others_are_told_of_the_end(kind: Kind, make_kind: MakeKind, once: Callable[..., Any]) -> None:
    def tell(ended: Execution) -> None:
        Execution.objects.create(kind=NAME, subject_id=ended.pk, trigger=Trigger.EVENT)

    execution = begin(make_kind(work_and_tell, NAME, queue=Queue.NOTIFY, when_ended=tell))
    task = claimed(execution)
    with once('INSERT INTO "jobs_execution"') as refused:
        do_task(task)
    assert refused
    assert has_gone_well(execution)
    assert Execution.objects.filter(subject_id=execution.pk).count() == 1


def test_while_progress_is_written(kind: Kind, once: Callable[..., Any]) -> None:
    execution = begin(kind)
    task = claimed(execution)
    run = Run(task, execution, time_limit=60)
    work_and_tell(run)
    with once("INSERT") as refused, pytest.raises(OperationalError):
        write_down(task, run)
    assert refused
    connection.close()
    run.log.info("and more")
    write_down(task, run)
    row = Task.objects.get(pk=task.pk)
    assert (row.done, row.result) == (3, {"report": "this as well"})
    lines = b"".join(read_log(row)).decode().splitlines()
    assert [line.rpartition(": ")[2] for line in lines] == ["this is said once", "and more"]


def test_a_task_whose_end_cannot_be_written_in_time_is_found_by_the_scheduler(
    kind: Kind, once: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    execution = begin(kind)
    task = claimed(execution)
    task.lease_until = timezone.now()
    with monkeypatch.context() as short, once('UPDATE "jobs_task"') as refused:
        short.setattr(working, "LEASE", timedelta())
        do_task(task)
    assert refused
    assert execution.tasks.get().status == Status.RUNNING
    reclaim_lost(timezone.now() + timedelta(hours=1))
    assert execution.tasks.get().status == Status.ERROR


@pytest.mark.parametrize(
    "beginning", ['UPDATE "jobs_schedule"', 'INSERT INTO "jobs_execution"', 'INSERT INTO "jobs_task"', "SELECT"]
)
def test_while_the_scheduler_ticks(kind: Kind, once: Callable[..., Any], beginning: str) -> None:
    set_schedule(kind, cron="0 0 0 1 1 *")
    Schedule.objects.filter(kind=NAME).update(next_run_at=timezone.now() - timedelta(days=1))
    with once(beginning) as refused:
        conduct()
    assert refused
    assert not Execution.objects.filter(kind=NAME).exists()
    for _ in range(3):
        conduct()
    execution = Execution.objects.get(kind=NAME)
    work.apply(args=[Queue.NOTIFY.value], throw=True)
    assert has_gone_well(execution)
