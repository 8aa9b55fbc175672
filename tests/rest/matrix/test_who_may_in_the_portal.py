"""Who may open and send which page of the portal: every line of the table, in a private project and in a public one."""

from __future__ import annotations

import pytest

from tests.rest.matrix.reporting import places, report
from tests.rest.matrix.table import Row, read
from tests.rest.matrix.trying import faults
from tests.rest.matrix.world import World


@pytest.mark.parametrize("row", read("admin"), ids=str)
def test_admin(world: World, row: Row) -> None:
    found = []
    for place in places(row, world):
        for letter, mark in row.tried(public=place.project.is_public).items():
            found += faults(row, mark, place, letter, caller=place.visitors[letter])
    report(found)
