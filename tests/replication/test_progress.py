"""How far a copy has come is told in artifacts: while it goes on, and when it has ended."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.db import connection

from accounts.models import Project
from jobs.framework.working import do_task
from jobs.models import Status, Task
from tests.replication.other_side import Side, answering, do, of_manifest, pull, pushing
from tests.support.hand_made import Call
from tests.support.registry import Registry as Client
from tests.support.registry import random_image

PATIENCE = 20.0  # seconds

pytestmark = pytest.mark.usefixtures("nobody_waits")


def told_by(task: Task) -> tuple[int, int, str]:
    return task.done, task.total, task.unit


@pytest.fixture
def two(side: Side) -> Side:
    """Holds another image, too, which comes first."""
    first = random_image(layers=1)
    side.hold(first)
    side.hold()
    side.on("GET tags/list", answering(200, json.dumps({"tags": ["v0", "v1"]}).encode()))
    side.on("HEAD manifests/v0", of_manifest(first.manifest, first.digest))
    return side


def seen_of(repository: str, wanted: tuple[int, int, str]) -> tuple[int, int, str]:
    """What the task's row says as soon as it is as wanted, or in the end."""
    seen, end = (0, 0, ""), time.monotonic() + PATIENCE
    try:
        while time.monotonic() < end:
            seen = told_by(Task.objects.get(parameters__repository=repository))
            if seen == wanted:
                break
            time.sleep(0.05)
        return seen
    finally:
        connection.close()


def test_while_it_goes_on(two: Side, project: Project, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.REPLICATION_THREADS = 1
    monkeypatch.setattr("tests.replication.other_side.run_task_now", do_task)
    seen: list[tuple[int, int, str]] = []

    def answer(call: Call) -> None:
        seen.append(seen_of(f"team/{two.name}", (1, 2, "artifacts")))
        call.reply(200, two.image.blobs[two.layer])

    two.on("GET blobs/LAYER", answer)
    task, told = pull(two, project)
    assert seen == [(1, 2, "artifacts")], told
    assert (task.status, told_by(task)) == (Status.SUCCESS, (2, 2, "artifacts")), told


def test_what_failed_counts(two: Side, project: Project) -> None:
    two.on("GET blobs/LAYER", answering(403))
    task, told = pull(two, project)
    assert (task.status, told_by(task)) == (Status.ERROR, (2, 2, "artifacts")), told


def test_what_the_filters_leave_out_does_not(two: Side, project: Project) -> None:
    task, told = pull(two, project, filters=[{"type": "tag", "value": "v1"}])
    assert (task.status, told_by(task)) == (Status.SUCCESS, (1, 1, "artifacts")), told


def test_of_an_event(side: Side, client: Client) -> None:
    side.take()
    images = [client.make_image(side.ours, tag) for tag in ("v0", "v1", "v2")]
    wanted = [[image.digest, [f"v{number}"]] for number, image in enumerate(images[:2])]
    task, told = do(pushing(side), side.ours, wanted=wanted)
    assert (task.status, told_by(task)) == (Status.SUCCESS, (2, 2, "artifacts")), told
