"""Hand-written SQL for the few statements that every push and pull runs.

Through the driver a statement costs about a tenth of what the ORM costs, and these are most of the work of a request.
They keep to the SQL that SQLite and PostgreSQL share; tests run each of them on both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.utils import timezone

# PostgreSQL and SQLite both take this many values in one statement with room to spare.
BATCH = 400


def row(sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    return _executed(sql, values, _first)


def rows(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    return _executed(sql, values, _all)


def run(sql: str, values: Sequence[Any]) -> int:
    """The number of rows that the statement touched."""
    return _executed(sql, values, _count)


_first = attrgetter("fetchone")
_all = attrgetter("fetchall")


def _count(cursor: Any) -> Callable[[], int]:
    return lambda: cursor.rowcount


def _executed(sql: str, values: Sequence[Any], wanted: Callable[[Any], Callable[[], Any]]) -> Any:
    """What is wanted of the driver's own cursor; of Django's, where somebody counts or wraps its queries.

    Django's cursor logs, wraps and rewrites each statement, at a price of the same order as that of the statement.
    Errors are Django's in any case, and a transaction that is broken refuses further statements.
    """
    db = connections[DEFAULT_DB_ALIAS]  # once: each look at the proxy costs as much as a small query's row
    if db.queries_logged or db.execute_wrappers:
        with db.cursor() as watched:
            watched.execute(sql, values)
            return wanted(watched)()
    if db.connection is None:
        db.ensure_connection()
    if db.needs_rollback:
        db.validate_no_broken_transaction()
    with db.wrap_database_errors:
        if db.vendor == "sqlite":
            return wanted(db.connection.execute(_with_question_marks(sql), values))()
        with psycopg.Cursor(db.connection) as cursor:
            # The statement is one of ours, whole: never put together from what a client has sent.
            return wanted(cursor.execute(sql, values))()


@lru_cache(maxsize=512)
def _with_question_marks(sql: str) -> str:
    """SQLite's way to mark the places of values."""
    return sql.replace("%s", "?")


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
