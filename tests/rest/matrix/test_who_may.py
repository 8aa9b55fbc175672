"""Who may call what: every line of the tables, by every caller, in a private project and in a public one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rest.matrix.table import CALLERS, REFUSED, Row, read
from tests.rest.matrix.trying import Before, faults
from tests.rest.matrix.world import Place, World


@pytest.fixture(scope="module")
def before(world: World) -> Before:
    return Before.now()


def of_all(row: Row, world: World, before: Before) -> list[str]:
    found = []
    for place in _places(row, world):
        marks = row.public or row.private if place.project.is_public else row.private
        for letter in CALLERS:
            found += faults(row, marks[letter], place, letter, before)
    return found


def _places(row: Row, world: World) -> list[Place]:
    return [world.private, world.public] if row.of_project else [world.private]


@pytest.mark.parametrize("row", read("rest"), ids=str)
def test_rest(world: World, before: Before, row: Row) -> None:
    assert not (found := of_all(row, world, before)), "\n".join(found)
