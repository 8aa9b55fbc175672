"""Removing old rows of the record, which otherwise only grows."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from registry_api import sql

STRETCH = 5000  # ids that one statement looks at
BOUNDS = "SELECT MIN(id), MAX(id) FROM audit_auditlog WHERE op_time < %s"
THOSE = "FROM audit_auditlog WHERE id > %s AND id <= %s AND op_time < %s AND operation IN"

Step = Callable[[int, int, int], None]
"""Hears how many rows were found so far, and how many of so many ids were looked at; may raise."""


def purge(before: datetime, operations: Collection[str], step: Step, *, dry_run: bool = False) -> None:
    """Deletes the rows of these operations that are older. With ``dry_run`` they are only counted.

    Stretch by stretch of ids, so that no statement is long and the memory flat.
    """
    found = sql.row(BOUNDS, [sql.stored(before)])
    if not operations or found is None or found[0] is None:
        return
    first, last = found
    total = 0
    for start in range(first - 1, last, STRETCH):
        values = [start, min(start + STRETCH, last), sql.stored(before), *operations]
        total += _count(values, len(operations)) if dry_run else _delete(values, len(operations))
        step(total, min(start + STRETCH, last) - first + 1, last - first + 1)


def _count(values: list[Any], operations: int) -> int:
    found = sql.row(f"SELECT COUNT(*) {THOSE} ({sql.placeholders(operations)})", values)
    return int(found[0]) if found else 0


def _delete(values: list[Any], operations: int) -> int:
    with sql.joined():
        return sql.run(f"DELETE {THOSE} ({sql.placeholders(operations)})", values)
