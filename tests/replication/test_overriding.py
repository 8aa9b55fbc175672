"""A tag that has other content at the destination: the policy says whether it moves, and the task says what it did."""

from __future__ import annotations

import pytest

from accounts.models import Project
from jobs.models import Status, Task
from jobs.replication.engine.tally import Outcome
from tests.replication.other_side import Side, do, of_manifest, pull, push, pushing
from tests.support.registry import Image, random_image
from tests.support.registry import Registry as Client

KEPT = "other content is under v1"

pytestmark = pytest.mark.usefixtures("nobody_waits")


@pytest.fixture
def other() -> Image:
    """What is under the tag at the destination."""
    return random_image()


@pytest.fixture
def taking(side: Side, other: Image) -> Side:
    side.take()
    side.on("HEAD manifests/v1", of_manifest(other.manifest, other.digest))
    return side


def assert_kept(task: Task, told: str, side: Side) -> None:
    assert task.status == Status.SUCCESS, told
    assert task.result["outcomes"] == {Outcome.KEPT: 1}
    assert [(each["digest"], each["reason"]) for each in task.result["artifacts"]] == [(side.image.digest, KEPT)]
    assert f"v1 {side.image.digest}: {Outcome.KEPT} ({KEPT})\n" in told


def test_ours_is_kept(side: Side, project: Project, client: Client, other: Image) -> None:
    client.push_image(side.ours, other, "v1")
    side.hold()
    task, told = pull(side, project, override=False)
    assert_kept(task, told, side)
    assert client.pull(side.ours, "v1").digest == other.digest
    assert side.server.seen("GET", f"{side.theirs}/blobs/") == []


def test_theirs_is_kept(taking: Side, client: Client) -> None:
    task, told = push(taking, client, override=False)
    assert_kept(task, told, taking)
    assert [call for method in ("POST", "PUT") for call in taking.server.seen(method)] == []


def test_ours_moves(side: Side, project: Project, client: Client, other: Image) -> None:
    client.push_image(side.ours, other, "v1")
    side.hold()
    task, told = pull(side, project, override=True)
    assert task.result["outcomes"] == {Outcome.COPIED: 1}, told
    assert client.pull(side.ours, "v1").digest == side.image.digest


def test_theirs_moves(taking: Side, client: Client) -> None:
    task, told = push(taking, client, override=True)
    assert task.result["outcomes"] == {Outcome.COPIED: 1}, told
    assert taking.server.seen("PUT", f"{taking.theirs}/manifests/v1")


def test_other_tags_of_the_artifact_go(taking: Side, client: Client) -> None:
    client.push_image(taking.ours, taking.image, "v1", "v2")
    policy = pushing(taking, override=False)
    task, told = do(policy, taking.ours, wanted=[[taking.image.digest, ["v1", "v2"]]])
    assert task.result["outcomes"] == {Outcome.COPIED: 1}, told
    assert f"{Outcome.COPIED} (v1 left alone)\n" in told
    put = [call.path for call in taking.server.seen("PUT", f"{taking.theirs}/manifests/")]
    assert put == [f"{taking.theirs}/manifests/v2"]
