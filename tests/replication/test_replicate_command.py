"""`manage.py replicate`: with what it exits when nothing is copied."""

from __future__ import annotations

import os
import signal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from jobs.framework import command
from jobs.framework.command import BUSY, FAILED, STOPPED, WRONG
from jobs.models import Execution, ReplicationPolicy, Status, Worker
from registry_api.models import Registry
from tests.support.jobs import make_worker

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
