"""A task holds nothing of the database while the other side has the word: copies are long.

On PostgreSQL that is a connection out of the pool, which is small; on SQLite, where each thread has its own, it is the
turn to write, for which all pushes wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Project
from jobs.models import Status
from tests.replication.other_side import Side, pull, push
from tests.support.hand_made import Answering, Call
from tests.support.held import in_use_until
from tests.support.registry import Registry as Client

PATIENCE = 20.0  # seconds; others of the task may ask at the same moment

pytestmark = pytest.mark.usefixtures("nobody_waits")


@pytest.fixture
def held() -> list[int]:
    """How many there were at each question to the other side."""
    return []


@pytest.fixture
def watched(held: list[int]) -> Callable[[Side], None]:
    """Has the other side look before it answers."""

    def looking(answer: Answering) -> Answering:
        def look(call: Call) -> None:
            held.append(in_use_until(PATIENCE))
            answer(call)

        return look

    def watch(side: Side) -> None:
        side.server.answers = {line: looking(answer) for line, answer in side.server.answers.items()}

    return watch


@pytest.mark.parametrize("speed", [0, 1_000_000])
def test_pulling(side: Side, project: Project, watched: Any, held: list[int], speed: int) -> None:
    side.hold()
    watched(side)
    task, told = pull(side, project, speed=speed)
    assert task.status == Status.SUCCESS, told
    assert len(held) >= 5 and set(held) == {0}


@pytest.mark.parametrize("speed", [0, 1_000_000])
def test_pushing(side: Side, client: Client, watched: Any, held: list[int], speed: int) -> None:
    side.take()
    watched(side)
    task, told = push(side, client, speed=speed)
    assert task.status == Status.SUCCESS, told
    assert len(held) >= 5 and set(held) == {0}
