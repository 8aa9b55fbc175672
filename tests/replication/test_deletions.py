"""What was deleted here is deleted at the other side, unless there is a reason to leave it as it is."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.models import Status
from jobs.replication.engine.delete import BACK, OTHER
from jobs.replication.engine.tally import Outcome
from jobs.replication.words import Operation
from tests.replication.other_side import Side, answering, do, of_manifest, pushing
from tests.support.registry import Registry as Client
from tests.support.registry import random_image

EITHER = [Operation.DELETION, Operation.TAG_DELETION]
ABSENT = f"sha256:{'0' * 64}"

pytestmark = pytest.mark.usefixtures("nobody_waits")


@pytest.fixture(autouse=True)
def _lets_delete(side: Side) -> None:
    side.on("DELETE manifests/", answering(202))


def carried_out(side: Side, operation: Operation, **parameters: Any) -> list[tuple[str, str, str]]:
    """What has become of what was deleted here, by name behind that of the repository; the log says the same."""
    parameters = {"digest": side.image.digest, "tags": ["v1"], **parameters}
    task, told = do(pushing(side), side.ours, operation=operation, **parameters)
    assert task.status == Status.SUCCESS, told
    listed = task.result["artifacts"]
    for each in listed:
        because = f" ({each['reason']})" if each["reason"] else ""
        assert f"{each['name']}: {each['outcome']}{because}\n" in told
    return [(each["name"].removeprefix(f"team/{side.name}"), each["outcome"], each["reason"]) for each in listed]


def named(side: Side, operation: Operation) -> str:
    return ":v1" if operation == Operation.TAG_DELETION else f"@{side.image.digest}"


def deleted(side: Side) -> list[str]:
    """What the other side was told to delete."""
    return [call.path.removeprefix(f"{side.theirs}/manifests/") for call in side.server.seen("DELETE")]


@pytest.mark.parametrize("operation", EITHER)
def test_what_is_there_goes(side: Side, operation: Operation) -> None:
    side.hold()
    assert carried_out(side, operation) == [(named(side, operation), Outcome.DELETED, "")]
    assert deleted(side) == ["v1" if operation == Operation.TAG_DELETION else side.image.digest]


@pytest.mark.parametrize("operation", EITHER)
def test_what_came_back_stays(side: Side, client: Client, operation: Operation) -> None:
    side.hold()
    client.push_image(side.ours, side.image, "v1")
    assert carried_out(side, operation) == [(named(side, operation), Outcome.KEPT, BACK)]
    assert deleted(side) == []


def test_a_tag_that_came_back_with_other_content_stays(side: Side, client: Client) -> None:
    """It is the copy's to move it."""
    side.hold()
    client.make_image(side.ours, "v1")
    assert carried_out(side, Operation.TAG_DELETION) == [(":v1", Outcome.KEPT, BACK)]
    assert deleted(side) == []


@pytest.mark.parametrize("operation", EITHER)
def test_what_is_gone_already(side: Side, operation: Operation) -> None:
    assert carried_out(side, operation) == [(named(side, operation), Outcome.GONE, "")]
    assert deleted(side) == []


@pytest.mark.parametrize(
    ("digest", "outcome", "reason"),
    [(ABSENT, Outcome.KEPT, OTHER), ("", Outcome.DELETED, "")],
    ids=["differs", "nobody knows what it was"],
)
def test_a_tag_with_other_content_there(side: Side, digest: str, outcome: Outcome, reason: str) -> None:
    side.hold()
    assert carried_out(side, Operation.TAG_DELETION, digest=digest) == [(":v1", outcome, reason)]
    assert deleted(side) == ["v1"] * (outcome == Outcome.DELETED)


def test_each_tag_for_itself(side: Side, client: Client) -> None:
    side.hold()
    other = random_image()
    side.on("HEAD manifests/moved", of_manifest(other.manifest, other.digest))
    client.push_image(side.ours, side.image, "back")
    assert carried_out(side, Operation.TAG_DELETION, tags=["back", "gone", "moved", "v1"]) == [
        (":back", Outcome.KEPT, BACK),
        (":gone", Outcome.GONE, ""),
        (":moved", Outcome.KEPT, OTHER),
        (":v1", Outcome.DELETED, ""),
    ]
    assert deleted(side) == ["v1"]
