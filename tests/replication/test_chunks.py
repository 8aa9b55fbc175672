"""How many requests carry a layer to the other side: one, or as many as the policy's chunks make of it."""

from __future__ import annotations

import pytest

from jobs.models import Status
from jobs.replication.words import CHUNK
from tests.replication.other_side import Side, push
from tests.support.hand_made import Call
from tests.support.registry import Registry as Client
from tests.support.registry import random_image

REST = 1000  # bytes of the layer behind its first chunk
LARGE = CHUNK + REST

pytestmark = pytest.mark.usefixtures("nobody_waits")


@pytest.fixture
def taking(side: Side) -> Side:
    side.image = random_image(layers=1, size=LARGE)
    side.take()
    return side


def sent(side: Side) -> list[Call]:
    """The requests that carried the layer; that of the configuration is beside them where all goes in chunks."""
    small = [content for digest, content in side.image.blobs.items() if digest != side.layer]
    patches = side.server.seen("PATCH", f"{side.theirs}/blobs/uploads/1")
    return [call for call in patches if call.body not in small]


def shape(call: Call) -> tuple[int, str]:
    return int(call.headers["content-length"]), call.headers.get("content-range", "")


def assert_the_layer(side: Side, calls: list[Call]) -> None:
    assert b"".join(call.body for call in calls) == side.image.blobs[side.layer]
    ends = [call for call in side.server.seen("PUT", f"{side.theirs}/blobs/") if side.layer[-64:] in call.target]
    assert [call.body for call in ends] == [b""]


def test_in_chunks(taking: Side, client: Client) -> None:
    task, told = push(taking, client, copy_by_chunk=True)
    assert task.status == Status.SUCCESS, told
    calls = sent(taking)
    assert [shape(call) for call in calls] == [(CHUNK, f"0-{CHUNK - 1}"), (REST, f"{CHUNK}-{LARGE - 1}")]
    assert_the_layer(taking, calls)


def test_as_a_whole(taking: Side, client: Client) -> None:
    task, told = push(taking, client, copy_by_chunk=False)
    assert task.status == Status.SUCCESS, told
    calls = sent(taking)
    assert [shape(call) for call in calls] == [(LARGE, "")]
    assert_the_layer(taking, calls)
