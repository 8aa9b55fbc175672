"""Who may call what: every line of the tables, by every caller, in a private project and in a public one."""

from __future__ import annotations

import pytest

from tests.rest.conftest import Caller
from tests.rest.matrix.reporting import places, report
from tests.rest.matrix.table import FOREIGN, NOTHING, REFUSED, UNKNOWN, Row, read
from tests.rest.matrix.trying import faults, undone
from tests.rest.matrix.world import Place, World

REST, REGISTRY = read("rest"), read("registry")


def by_account(row: Row, place: Place) -> list[str]:
    """All callers, by name and secret; nobody has none."""
    found = []
    for letter, mark in row.tried(public=place.project.is_public).items():
        nobody_at_v2 = letter == "n" and row.address.startswith("/v2/")
        found += faults(row, UNKNOWN if nobody_at_v2 else mark, place, letter)
    return found


@pytest.mark.parametrize("row", REST, ids=str)
def test_rest(world: World, row: Row) -> None:
    report(found for place in places(row, world) for found in by_account(row, place))


@pytest.mark.parametrize("row", REGISTRY, ids=str)
def test_registry(world: World, row: Row) -> None:
    report(found for place in places(row, world) for found in by_account(row, place))


@pytest.mark.parametrize("row", [row for row in REGISTRY if row.address.startswith("/v2/")], ids=str)
def test_registry_by_token(world: World, row: Row) -> None:
    """A token that falls short is refused so that the client fetches another."""
    found = []
    for place in places(row, world):
        for letter, mark in row.tried(public=place.project.is_public).items():
            token = world.token(place, place.callers[letter])
            answered = UNKNOWN if mark == REFUSED else mark
            found += faults(row, answered, place, letter, credentials={"Authorization": f"Bearer {token}"})
    report(found)


@pytest.mark.parametrize("row", [row for row in (*REST, *REGISTRY) if row.permission], ids=str)
def test_robots_without_the_permission(world: World, row: Row) -> None:
    """All that a robot can have is not enough when just this is missing, and nothing else needs to be."""
    place, letter = world.private, "R" if row.permission.startswith("/") else "r"
    with undone():
        robot = Caller(world.robot_without(place, row.permission))
        mark = NOTHING if row.filtered else REFUSED
        report(faults(row, mark, place, letter, caller=robot))


@pytest.mark.parametrize("row", read("foreign"), ids=str)
def test_what_is_foreign(world: World, row: Row) -> None:
    found = []
    for letter in FOREIGN:
        caller = world.other.visitors[letter] if row.of_admin else None
        found += faults(row, row.private[letter], world.other, letter, caller=caller)
    report(found)
