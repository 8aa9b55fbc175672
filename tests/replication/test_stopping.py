"""Somebody stops a task in the middle of a blob: it ends as stopped, and no half copy is to be seen on either side."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from accounts.models import Project
from jobs.framework.working import do_task
from jobs.models import Status, Task
from registry_api.models import Manifest, Repository, UploadSession
from tests.replication.other_side import Side, pull, push
from tests.support.hand_made import Call
from tests.support.registry import Registry as Client
from tests.support.registry import random_image

LARGE = 20 << 20  # bytes
SPEED = 500  # KB a second: without a limit all of it could lie in the buffers of the connection by then
PIECE = 64 << 10

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
