"""Executions: they end with the last of their tasks, as the worst of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from accounts.actors import SYSTEM
from accounts.errors import Conflict
from audit.models import AuditLog
from jobs.framework.executions import add_tasks, start_execution, stop_execution
from jobs.framework.logs import read_log
from jobs.framework.run import Again, Failed, Run
from jobs.models import Execution, Status, Task, Trigger
from jobs.services.executions import halt_execution
from tests.jobs.conftest import MakeKind
from tests.support.jobs import run_now

pytestmark = pytest.mark.django_db


def begin(kind: Any, *tasks: dict[str, Any], **options: Any) -> Execution:
    return start_execution(kind, actor=SYSTEM, trigger=Trigger.MANUAL, tasks=tasks or ({},), **options)


def fail(run: Run) -> None:
    raise Failed(f"no {run.parameters['what']}")


def test_it_succeeds_when_all_tasks_have(make_kind: MakeKind) -> None:
    seen: list[int] = []
    execution = begin(make_kind(lambda run: seen.append(run.parameters["n"])), {"n": 1}, {"n": 2})
    assert (execution.status, execution.has_ended) == (Status.RUNNING, False)
    run_now(execution)
    assert seen == [1, 2]
    assert (execution.status, execution.has_ended) == (Status.SUCCESS, True)


def test_one_without_tasks_has_succeeded_at_once(make_kind: MakeKind) -> None:
    execution = start_execution(make_kind(), actor=SYSTEM, trigger=Trigger.EVENT, tasks=())
    assert execution.status == Status.SUCCESS


def test_one_failed_task_is_its_error_and_the_others_are_done(make_kind: MakeKind) -> None:
    def work(run: Run) -> None:
        if run.parameters:
            fail(run)

    execution = run_now(begin(make_kind(work), {"what": "bread"}, {}))
    assert (execution.status, execution.status_message) == (Status.ERROR, "no bread")
    assert [task.status for task in execution.tasks.order_by("pk")] == [Status.ERROR, Status.SUCCESS]


def test_a_task_that_failed_by_chance_is_begun_again_after_a_pause_until_its_tries_are_used_up(
    make_kind: MakeKind,
) -> None:
    def work(run: Run) -> None:
        raise Again("the other side sleeps", after=0)

    execution = run_now(begin(make_kind(work, tries=3)))
    task = execution.tasks.get()
    assert (task.status, task.run_count, task.status_message) == (Status.ERROR, 3, "the other side sleeps")


def test_without_a_word_about_the_pause_it_doubles_each_time_up_to_an_hour(make_kind: MakeKind) -> None:
    def work(run: Run) -> None:
        raise Again("later")

    execution = begin(make_kind(work, tries=12))
    for failures in range(1, 12):
        task = run_now(execution).tasks.get()
        assert (task.status, task.run_count, task.failures) == (Status.PENDING, failures, failures)
        pause = (task.not_before - task.update_time).total_seconds()
        shortest = 10 * 2 ** (failures - 1)
        assert min(shortest, 3600) <= pause <= min(1.5 * shortest, 3600)
        Task.objects.update(not_before=task.update_time)
    assert run_now(execution).status == Status.ERROR


def test_tasks_that_fail_together_do_not_come_back_together(make_kind: MakeKind) -> None:
    def work(run: Run) -> None:
        raise Again("later")

    execution = run_now(begin(make_kind(work, tries=3), *({} for _ in range(8))))
    pauses = {task.not_before - task.update_time for task in execution.tasks.all()}
    assert len(pauses) == 8


def test_the_pause_that_the_other_side_asks_for_is_kept_up_to_an_hour(make_kind: MakeKind) -> None:
    def work(run: Run) -> None:
        raise Again("busy", after=run.parameters["after"])

    execution = run_now(begin(make_kind(work, tries=3), {"after": 77}, {"after": 10**30}))
    pauses = [(task.not_before - task.update_time).total_seconds() for task in execution.tasks.order_by("pk")]
    assert pauses == [77, 3600]


def test_an_unexpected_error_tells_its_kind_and_no_more(make_kind: MakeKind) -> None:
    def work(run: Run) -> None:
        raise ValueError("the password is 1234")

    execution = run_now(begin(make_kind(work)))
    assert execution.status_message == "ValueError: an unexpected error"


def test_a_single_one_keeps_a_second_out_until_it_ends(make_kind: MakeKind) -> None:
    kind = make_kind()
    first = begin(kind, single=True, subject_id=7)
    with pytest.raises(Conflict):
        begin(kind, single=True, subject_id=7)
    begin(kind, single=True, subject_id=8)
    run_now(first)
    begin(kind, single=True, subject_id=7)


def test_a_task_plans_more_of_them(make_kind: MakeKind) -> None:
    def work(run: Run) -> None:
        for number in range(run.parameters.get("more", 0)):
            add_tasks(run, [{"number": number}])

    execution = run_now(begin(make_kind(work), {"more": 3}))
    assert execution.tasks.filter(status=Status.SUCCESS).count() == 4


def test_stopping_ends_what_has_not_begun(make_kind: MakeKind) -> None:
    execution = begin(make_kind(), {}, {})
    stop_execution(execution)
    execution.refresh_from_db()
    assert (execution.status, execution.has_ended) == (Status.STOPPED, True)
    assert run_now(execution).tasks.filter(run_count=0, status=Status.STOPPED).count() == 2


def test_the_kind_is_told_of_the_end_in_its_transaction(make_kind: MakeKind) -> None:
    told: list[tuple[int, str]] = []
    kind = make_kind(when_ended=lambda execution: told.append((execution.pk, execution.status)))
    execution = run_now(begin(kind, {}, {}))
    assert told == [(execution.pk, Status.SUCCESS)]


def break_down(execution: Execution) -> None:
    Execution.objects.create(kind="HALF", trigger=Trigger.EVENT)
    raise ValueError("broken")


def break_a_constraint(execution: Execution) -> None:
    for _ in range(2):
        Execution.objects.create(kind="HALF", trigger=Trigger.EVENT, single_key="the same")


@pytest.mark.parametrize("when_ended", [break_down, break_a_constraint])
@pytest.mark.parametrize("end", [run_now, stop_execution])
def test_what_breaks_down_after_the_end_does_not_keep_it_from_ending(
    make_kind: MakeKind, end: Any, when_ended: Any, caplog: pytest.LogCaptureFixture
) -> None:
    kind = make_kind(when_ended=when_ended)
    execution = begin(kind, single=True)
    end(execution)
    execution.refresh_from_db()
    assert execution.has_ended
    assert execution.tasks.get().has_ended
    assert f"what follows the end of {execution} has failed" in caplog.text
    assert not Execution.objects.filter(kind="HALF").exists()
    begin(kind, single=True)


def test_logs_and_the_record_name_it_in_no_language(make_kind: MakeKind, caplog: pytest.LogCaptureFixture) -> None:
    execution = begin(make_kind(name="SCRUB", when_ended=break_down))
    with translation.override("zh-hans"):
        halt_execution(actor=SYSTEM, execution=execution)
    assert f"what follows the end of SCRUB {execution.pk} has failed" in caplog.text
    assert AuditLog.objects.get(operation="stop_job").resource == f"SCRUB {execution.pk}"


def test_progress_and_notes_are_kept_with_the_task(make_kind: MakeKind) -> None:
    def work(run: Run) -> None:
        run.progress(3, 12, "blobs")
        run.note(freed=77)
        run.progress(6)

    task = run_now(begin(make_kind(work))).tasks.get()
    assert (task.done, task.total, task.unit, task.percent, task.result) == (6, 12, "blobs", 50, {"freed": 77})
    assert Task.objects.count() == 1


def test_what_no_database_takes_is_left_out(make_kind: MakeKind) -> None:
    odd = "a\0b\ud800c"

    def work(run: Run) -> None:
        run.log.info(odd)
        run.note(**{odd: [odd, {"deep": (odd, 1)}]})
        raise Failed(odd)

    task = run_now(begin(make_kind(work))).tasks.get()
    assert (task.status, task.status_message) == (Status.ERROR, "ab?c")
    assert task.result == {"ab?c": ["ab?c", {"deep": ["ab?c", 1]}]}
    assert b"".join(read_log(task)).endswith(b" ab?c\n")
