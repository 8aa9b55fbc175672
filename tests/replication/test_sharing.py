"""What tasks of a policy share: its bandwidth, and turns at blobs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from accounts.models import Project
from jobs.framework.kinds import kind_named
from jobs.models import BlobTurn, Execution, ReplicationPolicy, Status, Task, Trigger
from jobs.replication.engine.limits import share_of
from jobs.replication.engine.pace import Pace
from jobs.replication.engine.turns import Turns
from registry_api.models import Registry
from tests.replication.other_side import Side, pull
from tests.support.hand_made import Call
from tests.support.people import unique

PATIENCE = 20.0  # seconds; a bound against hanging
DIGEST = "sha256:" + "0" * 64
MakeTasks = Callable[..., list[Task]]


@pytest.fixture
def policy(live: None) -> Iterator[ReplicationPolicy]:
    registry = Registry.objects.create(name=unique("registry"), type="harbor", url="https://registry.example.com")
    policy = ReplicationPolicy.objects.create(name=unique("policy"), src_registry=registry, speed=1000)
    yield policy
    Execution.objects.filter(subject_id=policy.pk).delete()


@pytest.fixture
def make_tasks(policy: ReplicationPolicy) -> MakeTasks:
    """So many, of one execution, that nobody takes: they look as if somebody did them."""

    def make(count: int, status: Status = Status.RUNNING, operation: str = "copy") -> list[Task]:
        kind = kind_named("REPLICATION")
        execution = Execution.objects.create(kind=kind.name, subject_id=policy.pk, trigger=Trigger.MANUAL)
        fields = {"execution": execution, "kind": kind.name, "queue": "of the test", "status": status}
        tasks = [Task.planned(**fields, parameters={"operation": operation}) for _ in range(count)]
        return list(Task.objects.bulk_create(tasks))

    return make


def test_running_tasks_have_equal_shares(policy: ReplicationPolicy, make_tasks: MakeTasks) -> None:
    assert share_of(policy) == 1000 * 1024
    make_tasks(2)
    make_tasks(3)
    make_tasks(2, Status.PENDING)
    make_tasks(2, Status.SUCCESS)
    make_tasks(1, operation="plan")
    assert share_of(policy) == 1000 * 1024 / 5


def test_without_a_limit_there_is_nothing_to_share(policy: ReplicationPolicy, make_tasks: MakeTasks) -> None:
    policy.speed = 0
    make_tasks(2)
    assert share_of(policy) is None


@pytest.mark.usefixtures("nobody_waits")
def test_a_task_that_begins_in_another_process_halves_the_share_of_one_that_runs(
    side: Side, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    paces: list[Pace] = []
    rates: list[float | None] = []

    class Seen(Pace):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            paces.append(self)

    def begin_another(call: Call) -> None:
        (running,) = Task.objects.filter(parameters__repository=f"team/{side.name}")
        fields = {"execution": running.execution, "kind": running.kind, "queue": "of the test"}
        Task.planned(**fields, status=Status.RUNNING, parameters={"operation": "copy"}).save()
        connection.close()
        before, end = paces[0].rate, time.monotonic() + PATIENCE
        while paces[0].rate == before and time.monotonic() < end:
            time.sleep(0.05)
        rates.extend([before, paces[0].rate])
        call.reply(200, side.image.blobs[side.layer])

    monkeypatch.setattr("jobs.replication.engine.copy.Pace", Seen)
    side.hold()
    side.on("GET blobs/LAYER", begin_another)
    task, told = pull(side, project, speed=10_000)
    assert task.status == Status.SUCCESS, told
    assert rates == [10_000 * 1024, 5_000 * 1024]


class Impatient(Exception):
    pass


def give_up(seconds: float) -> None:
    raise Impatient


def turns(task: Task, repository: str, wait: Callable[[float], None] = give_up, registry: int = 7) -> Turns:
    return Turns(registry, repository, task.pk, wait)


def test_one_has_the_turn_and_the_next_learns_where_the_blob_is(make_tasks: MakeTasks) -> None:
    first, second = make_tasks(2)
    with turns(first, "team/app").of(DIGEST) as place:
        assert place == ""
        with pytest.raises(Impatient), turns(second, "team/other").of(DIGEST):
            pass
        with turns(second, "team/other", registry=8).of(DIGEST):
            pass
    with turns(second, "team/other").of(DIGEST) as place:
        assert place == "team/app"


def test_who_waits_gets_the_turn(make_tasks: MakeTasks) -> None:
    first, second = make_tasks(2)
    waited, done = threading.Event(), threading.Event()

    def wait(seconds: float) -> None:
        waited.set()
        assert done.wait(30)

    with turns(first, "team/app").of(DIGEST):
        places: list[str] = []

        def work() -> None:
            with turns(second, "team/other", wait).of(DIGEST) as place:
                places.append(place)

        thread = threading.Thread(target=work)
        thread.start()
        assert waited.wait(30)
    done.set()
    thread.join()
    assert places == ["team/app"]


def test_a_turn_that_failed_is_given_back(make_tasks: MakeTasks) -> None:
    first, second = make_tasks(2)
    with pytest.raises(OSError, match="cut"), turns(first, "team/app").of(DIGEST):
        raise OSError("cut")
    with turns(second, "team/other").of(DIGEST) as place:
        assert place == ""


def test_the_turn_of_a_task_that_is_gone_is_taken_over(make_tasks: MakeTasks) -> None:
    killed, next_one = make_tasks(2)
    BlobTurn.objects.create(registry_id=7, digest=DIGEST, task=killed)
    with pytest.raises(Impatient), turns(next_one, "team/other").of(DIGEST):
        pass
    Task.objects.filter(pk=killed.pk).update(status=Status.PENDING)
    with turns(next_one, "team/other").of(DIGEST) as place:
        assert place == ""


def test_begun_again_a_task_has_its_turn_still(make_tasks: MakeTasks) -> None:
    (task,) = make_tasks(1)
    BlobTurn.objects.create(registry_id=7, digest=DIGEST, task=task)
    with turns(task, "team/app").of(DIGEST) as place:
        assert place == ""


def test_our_own_registry_needs_no_memory(make_tasks: MakeTasks) -> None:
    (task,) = make_tasks(1)
    with turns(task, "team/app", registry=0).of(DIGEST):
        assert BlobTurn.objects.filter(registry_id=0, digest=DIGEST).count() == 1
    assert not BlobTurn.objects.filter(registry_id=0, digest=DIGEST).exists()
