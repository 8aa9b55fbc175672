"""Hand-written SQL for the few statements that every push and pull runs.

Through Django's cursor a statement costs about a fifth of what the ORM costs, and these are most of the work of a
request. They keep to the SQL that SQLite and PostgreSQL share; tests run each of them on both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

# PostgreSQL and SQLite both take this many values in one statement with room to spare.
BATCH = 400


def row(sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


def rows(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def run(sql: str, values: Sequence[Any]) -> int:
    """The number of rows that the statement touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


def insert_many(sql_head: str, lines: Sequence[Sequence[Any]], sql_tail: str = "") -> None:
    """``INSERT INTO t (…) VALUES`` + one parenthesis a line, in batches that both databases accept."""
    if not lines:
        return
    width = len(lines[0])
    line = f"({placeholders(width)})"
    step = max(1, BATCH * 2 // width)
    for start in range(0, len(lines), step):
        part = lines[start : start + step]
        run(f"{sql_head} {','.join([line] * len(part))} {sql_tail}", [value for values in part for value in values])


def placeholders(count: int) -> str:
    return ",".join(["%s"] * count)


def now() -> Any:
    """The present moment as the database stores it."""
    return stored(timezone.now())


def stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def batches(values: Iterable[Any], size: int = BATCH) -> Iterable[list[Any]]:
    part: list[Any] = []
    for value in values:
        part.append(value)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def give_back_connection() -> None:
    """Lets other threads have the pooled connection while this one waits for a client's bytes.

    SQLite's connection belongs to its thread and costs more to open again than to keep.
    """
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        connection.close()


@contextmanager
def quick_commit() -> Iterator[None]:
    """What is written inside is not waited for until it is on the disk: a power cut may lose it, a crash of ours not.

    For rows whose loss costs a client no more than beginning its upload again.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            run("SET LOCAL synchronous_commit TO OFF", [])
            yield
    else:
        run("PRAGMA synchronous = NORMAL", [])
        try:
            yield
        finally:
            run("PRAGMA synchronous = FULL", [])
