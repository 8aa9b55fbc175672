"""Somebody stops a task in the middle of a blob, or while the other side keeps it waiting: it ends as stopped, and no
half copy is to be seen on either side."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from accounts.models import Project
from jobs.framework.run import Run
from jobs.framework.working import do_task
from jobs.models import Status, Task
from registry_api.models import Manifest, Repository, UploadSession
from tests.replication.other_side import Side, do, pull, pulling, push, pushing
from tests.support.hand_made import Call
from tests.support.registry import Registry as Client
from tests.support.registry import random_image

LARGE = 20 << 20  # bytes
SPEED = 500  # KB a second: without a limit all of it could lie in the buffers of the connection by then
PIECE = 64 << 10
LONG = 40.0  # seconds that a silent side is silent; those who wait for it give up later

pytestmark = pytest.mark.usefixtures("nobody_waits")


@pytest.fixture(autouse=True)
def _with_a_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a worker does it, which looks each second whether to stop."""
    monkeypatch.setattr("tests.replication.other_side.run_task_now", do_task)


def ask_to_stop(repository: str) -> None:
    assert Task.objects.filter(parameters__repository=repository).update(stop_asked=True) == 1
    connection.close()


@pytest.fixture
def large(side: Side) -> Side:
    side.image = random_image(layers=1, size=LARGE)
    return side


def test_pulling(large: Side, project: Project) -> None:
    def answer(call: Call) -> None:
        call.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE)
        ask_to_stop(f"team/{large.name}")
        content = large.image.blobs[large.layer]
        for start in range(0, LARGE, PIECE):
            call.send(content[start : start + PIECE])

    large.hold()
    large.on("GET blobs/LAYER", answer)
    task, told = pull(large, project, speed=SPEED)
    assert task.status == Status.STOPPED, told
    assert 0 < task.result["bytes"] < LARGE
    assert not Manifest.objects.filter(repository__name=large.ours).exists()
    assert not Repository.objects.filter(name=large.ours, push_time__isnull=False).exists()
    assert not UploadSession.objects.filter(repository_name=large.ours).exists()


def test_pushing(large: Side, client: Client) -> None:
    taken = [0]

    def answer(call: Call) -> None:
        reader: Any = call._reader
        if int(call.headers["content-length"]) == LARGE:
            ask_to_stop(large.ours)
        while piece := reader.read(PIECE):
            taken[0] += len(piece)

    large.take()
    large.on("PATCH blobs/uploads/1", answer)
    task, told = push(large, client, speed=SPEED)
    assert task.status == Status.STOPPED, told
    assert 0 < taken[0] < LARGE
    assert large.server.seen("DELETE", f"{large.theirs}/blobs/uploads/1")
    assert not large.server.seen("PUT", f"{large.theirs}/manifests/")


class Silence:
    """An answer that has the task stopped and does not come before the task has ended, after ``refusals``."""

    def __init__(self, repository: str, *, refusals: int = 0) -> None:
        self._refusals = refusals
        self._repository = repository
        self._released = threading.Event()
        self._is_over = threading.Event()
        self.begun = 0
        self.was_kept = True

    def __call__(self, call: Call) -> None:
        if self._refusals:
            self._refusals -= 1
            call.reply(500)
            return
        self.begun += 1
        ask_to_stop(self._repository)
        self.was_kept &= self._released.wait(LONG)
        self._is_over.set()

    def assert_ended_by_the_stop(self, task: Task, told: str) -> None:
        self._released.set()
        assert self._is_over.wait(LONG)
        assert (task.status, task.status_message) == (Status.STOPPED, "stopped on request"), told
        assert (self.begun, self.was_kept) == (1, True), told
        assert task.result.get("outcomes", {}) == {}, told


@pytest.fixture
def nobody_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A member of a crew that still waited for the silent side would hold the task up."""
    monkeypatch.setattr("jobs.replication.engine.crew.PATIENCE", 2 * LONG)


@pytest.mark.usefixtures("nobody_is_left_behind")
@pytest.mark.parametrize(
    "line",
    ["GET tags/list", "HEAD manifests/v1", "GET manifests/MANIFEST", "GET referrers/MANIFEST", "GET blobs/LAYER"],
)
def test_a_source_that_never_answers(side: Side, project: Project, line: str) -> None:
    side.hold()
    silence = Silence(f"team/{side.name}")
    side.on(line, silence)
    silence.assert_ended_by_the_stop(*pull(side, project))
    assert not Manifest.objects.filter(repository__name=side.ours).exists()
    assert not UploadSession.objects.filter(repository_name=side.ours).exists()


@pytest.mark.usefixtures("nobody_is_left_behind")
@pytest.mark.parametrize(
    "line",
    [
        "HEAD manifests/v1",
        "HEAD blobs/LAYER",
        "POST blobs/uploads/",
        "PUT blobs/uploads/1",
        "PUT manifests/v1",
    ],
)
def test_a_destination_that_never_answers(side: Side, client: Client, line: str) -> None:
    side.take()
    silence = Silence(side.ours)
    side.on(line, silence)
    silence.assert_ended_by_the_stop(*push(side, client))


def test_planning(side: Side, project: Project) -> None:
    silence = Silence(f"team/{side.name}")
    side.server.on("GET /v2/_catalog", silence)
    policy = pulling(side, project)
    silence.assert_ended_by_the_stop(*do(policy, f"team/{side.name}", operation="plan"))


def test_preparing(side: Side) -> None:
    """What an event has begun asks for the project first."""
    policy = pushing(side)
    policy.dest_registry.type = "harbor"  # type: ignore[union-attr]
    policy.dest_registry.save()  # type: ignore[union-attr]
    silence = Silence(side.ours)
    side.server.on("HEAD /api/v2.0/projects", silence)
    silence.assert_ended_by_the_stop(*do(policy, side.ours, wanted=[["", ["v1"]]]))


@pytest.mark.parametrize("line", ["HEAD manifests/MANIFEST", "DELETE manifests/MANIFEST"])
def test_deleting(side: Side, line: str) -> None:
    side.hold()
    silence = Silence(side.ours)
    side.on(line, silence)
    silence.assert_ended_by_the_stop(*do(pushing(side), side.ours, operation="deletion", digest=side.image.digest))


@pytest.mark.usefixtures("nobody_is_left_behind")
def test_in_the_last_try_no_artifact_fails(side: Side, project: Project) -> None:
    """After which whoever asked is told of the interruption as of any trouble."""
    side.hold()
    silence = Silence(f"team/{side.name}", refusals=2 * 5 - 1)
    side.on("HEAD manifests/v1", silence)
    silence.assert_ended_by_the_stop(*pull(side, project))


def test_its_time_is_over(side: Side, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the last try as well: it is not begun again."""
    monkeypatch.setattr("jobs.framework.working.Run", lambda *of, time_limit: Run(*of, time_limit=1.0))
    ended, refusals = threading.Event(), iter(range(4))

    def answer(call: Call) -> None:
        if next(refusals, None) is None:
            ended.wait(LONG)
        else:
            call.reply(500)

    side.server.on("GET /v2/_catalog", answer)
    task, told = do(pulling(side, project), f"team/{side.name}", operation="plan")
    ended.set()
    assert (task.status, task.status_message.partition(":")[0]) == (Status.ERROR, "its time is over"), told
