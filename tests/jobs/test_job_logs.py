"""What tasks have to tell is readable while they run, kept in the store when they have ended, and never too long."""

from __future__ import annotations

import pytest

from accounts.actors import SYSTEM
from jobs.framework import logs
from jobs.framework.executions import start_execution
from jobs.framework.logs import CUT, read_log
from jobs.framework.run import Run
from jobs.framework.sweeping import sweep_executions
from jobs.framework.working import write_down
from jobs.models import Execution, LogPiece, Task, Trigger
from tests.jobs.conftest import MakeKind
from tests.support.jobs import run_now

pytestmark = pytest.mark.django_db


def text_of(task: Task) -> str:
    return b"".join(read_log(task)).decode()


def test_lines_are_there_while_the_task_runs_and_afterwards(make_kind: MakeKind) -> None:
    during: list[str] = []

    def work(run: Run) -> None:
        run.log.info("first of %d", 2)
        write_down(Task.objects.get(), run)
        during.append(text_of(Task.objects.get()))
        run.log.warning("second\0, with a NUL")

    execution = run_now(start_execution(make_kind(work), actor=SYSTEM, trigger=Trigger.MANUAL))
    task = execution.tasks.get()
    assert during[0].endswith("INFO: first of 2\n")
    assert not LogPiece.objects.exists()
    assert text_of(task) == during[0] + text_of(task)[len(during[0]) :]
    assert text_of(task).endswith("WARNING: second, with a NUL\n")


def test_what_is_too_long_is_cut(make_kind: MakeKind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.framework.run.LARGEST", 1000)

    def work(run: Run) -> None:
        for _ in range(100):
            run.log.info("x" * 50)

    task = run_now(start_execution(make_kind(work), actor=SYSTEM, trigger=Trigger.MANUAL)).tasks.get()
    assert text_of(task).endswith(CUT)
    assert len(text_of(task)) < 1100


def test_old_executions_go_with_their_logs(make_kind: MakeKind) -> None:
    kind = make_kind(lambda run: run.log.info("done"), keep=2)
    executions = [
        run_now(start_execution(kind, actor=SYSTEM, trigger=Trigger.MANUAL, subject_id=subject))
        for subject in (1, 1, 1, 2)
    ]
    oldest = executions[0].tasks.get()
    running = start_execution(kind, actor=SYSTEM, trigger=Trigger.MANUAL, subject_id=1)
    assert logs._stored(oldest.job_id)
    assert sweep_executions() == 1
    assert logs._stored(oldest.job_id) is None
    left = Execution.objects.values_list("pk", flat=True)
    assert set(left) == {*(each.pk for each in executions[1:]), running.pk}
