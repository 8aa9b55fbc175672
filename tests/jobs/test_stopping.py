"""What is stopped ends and does not live again, whatever happens to it at that moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from accounts.actors import SYSTEM
from accounts.services.projects import create_project, delete_project
from jobs.framework import claiming
from jobs.framework.claiming import claim_task, end_task, put_back
from jobs.framework.executions import add_tasks, start_execution, stop_execution, stop_waiting
from jobs.framework.kinds import Kind, Queue
from jobs.framework.run import Again, Run, Stopped
from jobs.framework.working import Outcome, conclude, write_down
from jobs.models import Execution, Status, Task, Trigger
from tests.jobs.conftest import MakeKind
from tests.jobs.overlapping import alone, is_somebody_waiting, overlap
from tests.support.jobs import run_now
from tests.support.people import unique
from tests.support.until import PATIENCE, wait_until


def begin(kind: Kind, tasks: int = 1) -> Execution:
    return start_execution(kind, actor=SYSTEM, trigger=Trigger.MANUAL, tasks=[{}] * tasks)


def outcome(execution: Execution) -> tuple[str, list[str]]:
    execution.refresh_from_db()
    return execution.status, list(execution.tasks.order_by("pk").values_list("status", flat=True))


@pytest.mark.django_db
def test_one_that_pauses_between_two_tries_is_stopped_at_once(make_kind: MakeKind) -> None:
    def work(run: Run) -> None:
        raise Again("the other side sleeps", after=600)

    execution = run_now(begin(make_kind(work, tries=3)))
    assert outcome(execution) == (Status.RUNNING, [Status.PENDING])
    stop_execution(execution)
    assert outcome(execution) == (Status.STOPPED, [Status.STOPPED])
    assert execution.status_message == "stopped while it waited"
    Task.objects.update(not_before=execution.start_time)
    assert claim_task(Queue.DEFAULT, "the test") is None


@pytest.mark.django_db
def test_one_that_fails_after_it_was_stopped_is_not_tried_again(make_kind: MakeKind) -> None:
    def work(run: Run) -> None:
        stop_execution(run.execution)
        raise Again("it broke off", after=0)

    execution = run_now(begin(make_kind(work, tries=3)))
    assert outcome(execution) == (Status.STOPPED, [Status.STOPPED])


@pytest.mark.django_db
def test_one_that_plans_adds_nothing_after_it_was_stopped(make_kind: MakeKind) -> None:
    def work(run: Run) -> None:
        add_tasks(run, [{}])
        stop_execution(run.execution)
        add_tasks(run, [{}])

    execution = run_now(begin(make_kind(work)))
    assert outcome(execution) == (Status.STOPPED, [Status.STOPPED, Status.STOPPED])


@pytest.mark.django_db
def test_one_that_plans_adds_nothing_once_somebody_else_has_taken_it(make_kind: MakeKind) -> None:
    def work(run: Run) -> None:
        Task.objects.update(run_count=run.attempt + 1)
        add_tasks(run, [{}])

    assert outcome(run_now(begin(make_kind(work)))) == (Status.RUNNING, [Status.RUNNING])


@pytest.mark.django_db
def test_stopping_what_waits_leaves_alone_what_runs(make_kind: MakeKind) -> None:
    kind = make_kind()
    half, whole = begin(kind, 2), begin(kind, 2)
    claim_task(Queue.DEFAULT, "the test")
    stop_waiting(Task.objects.filter(kind=kind.name))
    assert outcome(half) == (Status.RUNNING, [Status.RUNNING, Status.STOPPED])
    assert outcome(whole) == (Status.STOPPED, [Status.STOPPED, Status.STOPPED])
    assert not Task.objects.filter(status=Status.RUNNING, stop_asked=True).exists()


@pytest.fixture
def kind(committed: None, make_kind: MakeKind) -> Iterator[Kind]:
    made = make_kind(name="TEST_STOPPING", tries=3)
    yield made
    Execution.objects.filter(kind=made.name).delete()


def claimed(kind: Kind) -> Task:
    begin(kind)
    task = claim_task(kind.queue, "the test")
    assert task is not None and task.kind == kind.name
    return task


def put_it_back(task: Task) -> None:
    put_back(task, "it broke off", counts=True, after=0)


def end_it(task: Task) -> None:
    end_task(task, Status.SUCCESS)


def stop_it(task: Task) -> None:
    stop_execution(task.execution)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (put_it_back, stop_it, Status.STOPPED),
        (stop_it, put_it_back, Status.STOPPED),
        (stop_it, end_it, Status.SUCCESS),
        (end_it, stop_it, Status.SUCCESS),
    ],
)
def test_at_the_same_time(kind: Kind, first: Callable[[Task], None], second: Callable[[Task], None], expected: str):
    task = claimed(kind)
    overlap(lambda: first(task), lambda: second(task))
    assert outcome(task.execution) == (expected, [expected])


def test_one_put_back_while_all_that_waits_is_stopped_is_stopped_with_its_execution_or_waits(kind: Kind) -> None:
    task = claimed(kind)
    overlap(lambda: put_it_back(task), lambda: stop_waiting(Task.objects.filter(kind=kind.name)))
    assert outcome(task.execution) in ((Status.RUNNING, [Status.PENDING]), (Status.STOPPED, [Status.STOPPED]))


def test_one_that_begins_while_it_is_stopped_is_told_so(kind: Kind) -> None:
    execution = begin(kind)
    task, _ = overlap(lambda: claim_task(kind.queue, "the test"), lambda: stop_execution(execution))
    assert outcome(execution) == (Status.RUNNING, [Status.RUNNING])
    assert Task.objects.get(pk=task.pk).stop_asked


def test_what_is_planned_while_it_is_stopped_is_stopped_too(kind: Kind) -> None:
    task = claimed(kind)
    run = Run(task, task.execution, time_limit=60)
    overlap(lambda: add_tasks(run, [{}, {}]), lambda: stop_it(task))
    assert outcome(task.execution) == (Status.RUNNING, [Status.RUNNING, Status.STOPPED, Status.STOPPED])
    end_task(task, Status.STOPPED)
    assert outcome(task.execution)[0] == Status.STOPPED


def test_ending_and_stopping_do_not_wait_for_each_other(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each held what the other wants next, the database would throw one of them out."""
    task = claimed(kind)
    in_the_middle_of("settle", lambda: end_it(task), lambda: stop_it(task), monkeypatch)
    assert outcome(task.execution) == (Status.SUCCESS, [Status.SUCCESS])


@pytest.mark.parametrize("step", ["_held", "settle"])
def test_ending_and_the_deletion_of_the_project_do_not_either(
    kind: Kind, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    project = create_project(actor=SYSTEM, name=unique("doomed"))
    execution = start_execution(kind, actor=SYSTEM, trigger=Trigger.MANUAL, project_id=project.pk)
    task = claim_task(kind.queue, "the test")
    assert task is not None and task.execution_id == execution.pk
    in_the_middle_of(step, lambda: end_it(task), lambda: delete_project(actor=SYSTEM, project=project), monkeypatch)
    assert not Execution.objects.filter(kind=kind.name).exists()


def in_the_middle_of(
    step: str, first: Callable[[], None], second: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begins ``second`` when ``first`` comes to the step of ``claiming``, which goes on when ``second`` waits."""
    is_there, real = Event(), getattr(claiming, step)

    def paused(*arguments: Any, **options: Any) -> Any:
        is_there.set()
        wait_until(is_somebody_waiting, "the other one to wait")
        return real(*arguments, **options)

    monkeypatch.setattr(claiming, step, paused)
    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(alone, first)
        assert is_there.wait(PATIENCE)
        threads.submit(alone, second).result(PATIENCE)
        one.result(PATIENCE)


def test_what_runs_for_a_project_that_is_deleted_ends_at_its_next_beat(kind: Kind) -> None:
    project = create_project(actor=SYSTEM, name=unique("doomed"))
    execution = start_execution(kind, actor=SYSTEM, trigger=Trigger.MANUAL, project_id=project.pk)
    task = claim_task(kind.queue, "the test")
    assert task is not None and task.execution_id == execution.pk
    run = Run(task, execution, time_limit=60)
    delete_project(actor=SYSTEM, project=project)
    run.log.info("still at it")
    write_down(task, run)
    with pytest.raises(Stopped):
        run.check()
    conclude(task, run, Outcome(Status.STOPPED, run.reason))
    assert not Task.objects.filter(kind=kind.name).exists()
