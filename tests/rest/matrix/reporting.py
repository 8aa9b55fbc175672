"""Where a line of a table is tried, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.rest.matrix.table import Row
from tests.rest.matrix.world import Place, World


def places(row: Row, world: World) -> list[Place]:
    return [world.private, world.public] if row.of_project else [world.private]


def report(found: Iterable[str]) -> None:
    if told := "\n".join(found):
        pytest.fail(told, pytrace=False)
