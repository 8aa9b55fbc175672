"""Each value of each body, one after the other, beyond what a column or a service takes: refused in order, or taken."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rest.conftest import Caller
from tests.rest.contract import Operation
from tests.rest.fuzz.calls import COVERED, Call, first_path, send, sent
from tests.rest.fuzz.documents import document, parameters, places, replaced
from tests.rest.fuzz.scene import Scene

# What PostgreSQL refuses by itself, and SQLite does not.
TEXTS = ("", "a\0b", "x" * 129, "x" * 300, "x" * 2000)
NUMBERS = (-1, 2**15, 2**31, 2**63, 3_000_000, 1.5)
OTHERS = (None, [])
WITH_BODY = [each for each in COVERED if parameters(each, "body")]


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda operation: operation.name)
def test_beyond_the_bounds(scene: Scene, operation: Operation) -> None:
    admin = scene.callers["system administrator"]
    path = first_path(operation, scene.known)
    whole = fullest(scene, admin, operation, path)
    for place in places(whole):
        for value in wrong_for(at(whole, place)):
            send(admin, Call(operation.method, path, sent(replaced(whole, place, value))))


def fullest(scene: Scene, admin: Caller, operation: Operation, path: str) -> Any:
    """The longest of some bodies, of those that are taken if any is: a wrong value is then the only wrong one."""
    tried = [document(operation, scene.known, seed) for seed in range(8)]
    taken = [each for each in tried if send(admin, Call(operation.method, path, sent(each))).status < 300]
    return max(taken or tried, key=lambda each: len(list(places(each))))


def at(document: Any, place: tuple[str | int, ...]) -> Any:
    for key in place:
        document = document[key]
    return document


def wrong_for(value: Any) -> tuple[Any, ...]:
    if isinstance(value, str):
        return (*TEXTS, 1)
    if isinstance(value, int) and not isinstance(value, bool):
        return (*NUMBERS, "1")
    return OTHERS
