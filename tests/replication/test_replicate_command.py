"""`manage.py replicate`: with what it exits when nothing is copied."""

from __future__ import annotations

import os
import signal
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from jobs.framework import command
from jobs.framework.command import BUSY, FAILED, STOPPED, WRONG
from jobs.framework.executions import stop_execution
from jobs.models import Execution, ReplicationPolicy, Status, Task, Worker
from registry_api.models import Registry
from tests.support.jobs import make_worker
from tests.support.terminal import Terminal

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy() -> ReplicationPolicy:
    make_worker()
    registry = Registry.objects.create(name="other", type="harbor", url="https://registry.example.com")
    return ReplicationPolicy.objects.create(name="nightly", src_registry=registry, single_active_replication=True)


def refused(*arguments: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as error:
        call_command("replicate", *arguments, stdout=StringIO(), stderr=StringIO())
    return error.value.returncode, str(error.value)


def test_it_is_stopped_from_the_terminal(policy: ReplicationPolicy, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = type("Clock", (), {"sleep": lambda seconds: os.kill(os.getpid(), signal.SIGTERM)})
    monkeypatch.setattr(command, "time", clock)
    before = signal.getsignal(signal.SIGTERM)
    assert refused("nightly") == (STOPPED, "stopped while it waited")
    assert Execution.objects.get().status == Status.STOPPED
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("on_a_terminal", [True, False])
def test_a_bar_on_a_terminal_alone(
    policy: ReplicationPolicy, monkeypatch: pytest.MonkeyPatch, on_a_terminal: bool
) -> None:
    def copy(seconds: float) -> None:
        execution = Execution.objects.get()
        Task.planned(
            execution=execution, kind=execution.kind, queue="transfer", done=1, total=4,
            parameters={"operation": "copy", "repository": "library/app"},
        ).save()  # fmt: skip
        stop_execution(execution)

    monkeypatch.setattr(command, "time", type("Clock", (), {"sleep": copy}))
    lines = StringIO()
    with Terminal() as terminal, monkeypatch.context() as patch:
        if on_a_terminal:
            patch.setattr(sys, "stderr", terminal.stream)
        with pytest.raises(CommandError):
            call_command("replicate", "nightly", stdout=StringIO(), stderr=lines)
        shown = terminal.close()
    assert (f"{command.CLEAR}[" in shown) == on_a_terminal
    assert (" 25%  1 of 4 artifacts, repositories 1/1" in shown) == on_a_terminal
    assert ("artifacts 1/4, repositories 1/1" in lines.getvalue()) != on_a_terminal


def test_it_is_deleted_meanwhile(policy: ReplicationPolicy, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = type("Clock", (), {"sleep": lambda seconds: Execution.objects.all().delete()})
    monkeypatch.setattr(command, "time", clock)
    code, why = refused("nightly")
    assert code == FAILED and "deleted meanwhile" in why


def test_another_one_is_under_way(policy: ReplicationPolicy) -> None:
    number = StringIO()
    call_command("replicate", "nightly", "--no-wait", stdout=number)
    assert Execution.objects.get(pk=int(number.getvalue())).status == Status.RUNNING
    code, why = refused("nightly")
    assert code == BUSY and "still in progress" in why


def test_what_is_not_there(policy: ReplicationPolicy) -> None:
    assert refused("nothing") == (WRONG, "there is no replication policy nothing")
    Worker.objects.all().delete()
    assert refused("nightly") == (FAILED, "no worker is there that could do it")
    assert not Execution.objects.exists()


def test_what_is_not_waited_for_may_begin_before_there_is_a_worker(policy: ReplicationPolicy) -> None:
    Worker.objects.all().delete()
    call_command("replicate", "nightly", "--no-wait", stdout=StringIO())
    assert Execution.objects.get().status == Status.RUNNING
