"""Hand-written SQL for the few statements that every push and pull runs.

Through the driver a statement costs about a tenth of what the ORM costs, and these are most of the work of a request.
They keep to the SQL that SQLite and PostgreSQL share, but for row locks, which SQLite with its one writer at a time can
do without; tests run each of them on both. Knows no model: every app may use it, as its record or rights need it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import (
    DEFAULT_DB_ALIAS,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    connections,
    transaction,
)
from django.utils import timezone

from registry_api.sql.postgres import numbered, pipelined, wire_of
from registry_api.sql.turns import turn
from registry_api.sql.wire import Answer

# PostgreSQL and SQLite both take this many values in one statement with room to spare.
BATCH = 400
# The database is away, has no room, or has thrown one of two out who waited for each other: the same may go well later.
PASSING = (OperationalError, InterfaceError)
_thread = threading.local()
# Only sets our turns apart from other users of advisory locks.
TURNS = 7412
ROW_LOCK = re.compile(r" FOR (?:NO KEY |KEY )?(?:UPDATE|SHARE) OF \w+")


def row(sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """The only row of a statement that has one or none."""
    # Read to the end: until then SQLite takes a statement that returns what it changed for unfinished.
    found = rows(sql, values)
    return found[0] if found else None


def rows(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    return _executed(sql, values, _all)


def ask(sql: str, values: Sequence[Any]) -> Callable[[], list[tuple[Any, ...]]]:
    """What :func:`rows` gives, when it is called for: inside :func:`joined` several questions go together."""
    return _executed(sql, values, _later)


def run(sql: str, values: Sequence[Any]) -> int:
    """The number of rows that the statement touched."""
    return len(rows(f"{sql} RETURNING 1", values))


def send(sql: str, values: Sequence[Any]) -> None:
    """Runs a statement of which nobody needs to know more than that it worked.

    Inside :func:`joined` it is not waited for: what is wrong with it comes out at the next result, or at the commit.
    """
    _executed(sql, values, _nothing)


@contextmanager
def joined() -> Iterator[None]:
    """A transaction whose statements travel together as far as they can, its commit with the last of them.

    PostgreSQL answers a statement in less time than it takes to wait for the answer, so that a push would spend most of
    its time on the way. There :func:`send` waits for nothing. On SQLite there is no way, but one writer at a time.
    """
    db = connections[DEFAULT_DB_ALIAS]
    if db.in_atomic_block or _is_watched(db):
        with transaction.atomic():
            yield
    elif db.vendor == "sqlite":
        with turn(str(db.settings_dict["NAME"])), transaction.atomic():
            yield
    else:
        with pipelined(db):
            yield


def take_turn(subject: str) -> bool:
    """Whoever comes with the same subject waits for the end of this transaction. For what need not have a row to lock.

    False where nobody is waited for: outside a transaction, and on SQLite, where whoever may write is alone anyway.
    """
    db = connections[DEFAULT_DB_ALIAS]
    if db.vendor != "postgresql" or not db.in_atomic_block:
        return False
    row("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [TURNS, subject])
    return True


def _all(cursor: Any) -> Any:
    return cursor.fetchall()


def _later(cursor: Any) -> Callable[[], Any]:
    if isinstance(cursor, Answer):
        return cursor.fetchall
    found = cursor.fetchall()
    return lambda: found


def _nothing(cursor: Any) -> None:
    return None


def _executed(sql: str, values: Sequence[Any], wanted: Callable[[Any], Any]) -> Any:
    """What is wanted of the driver itself; of Django's cursor, where somebody counts or wraps its queries.

    Django's cursor logs, wraps and rewrites each statement, at a price of the same order as that of the statement.
    Errors are Django's in any case, and a transaction that is broken refuses further statements.
    """
    db = connections[DEFAULT_DB_ALIAS]  # once: each look at the proxy costs as much as a small query's row
    if _is_watched(db):
        with db.cursor() as watched:
            watched.execute(_without_locks(sql) if db.vendor == "sqlite" else sql, values)
            return wanted(watched)
    if db.connection is None:
        db.ensure_connection()
    if db.needs_rollback:
        db.validate_no_broken_transaction()
    with db.wrap_database_errors:
        # The statement is one of ours, whole: never put together from what a client has sent.
        if db.vendor == "sqlite":
            return wanted(db.connection.execute(_with_question_marks(sql), values))
        return wanted(wire_of(db).execute(numbered(sql), values))


def _is_watched(db: Any) -> bool:
    return bool(db.queries_logged or db.execute_wrappers)


@lru_cache(maxsize=512)
def _with_question_marks(sql: str) -> str:
    """SQLite's way to mark the places of values."""
    return _without_locks(sql).replace("%s", "?")


def _without_locks(sql: str) -> str:
    return ROW_LOCK.sub("", sql)


def insert_many(sql_head: str, lines: Sequence[Sequence[Any]], sql_tail: str = "") -> None:
    """``INSERT INTO t (…) VALUES`` + one parenthesis a line, in batches that both databases accept."""
    for statement, values in _insertions(sql_head, lines, sql_tail):
        send(statement, values)


def insert_many_returning(sql_head: str, lines: Sequence[Sequence[Any]], sql_tail: str) -> list[tuple[Any, ...]]:
    """The same, and what the tail's ``RETURNING`` gives."""
    return [found for statement, values in _insertions(sql_head, lines, sql_tail) for found in rows(statement, values)]


def _insertions(head: str, lines: Sequence[Sequence[Any]], tail: str) -> Iterator[tuple[str, list[Any]]]:
    width = len(lines[0]) if lines else 1
    line = f"({placeholders(width)})"
    for part in batches(lines, max(1, BATCH * 2 // width)):
        yield f"{head} {','.join([line] * len(part))} {tail}", [value for values in part for value in values]


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


def keep_connection() -> None:
    """Lets the calling thread, of which there must be few, keep its connection between requests: going to the pool and
    back costs as much as a small query."""
    _thread.keeps = True


def finish_request() -> None:
    """Gives the connection back to the pool, unless the thread keeps its own and there was nothing wrong with it."""
    if not getattr(_thread, "keeps", False) or connections[DEFAULT_DB_ALIAS].errors_occurred:
        close_old_connections()


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
        with joined():
            send("SET LOCAL synchronous_commit TO OFF", [])
            yield
    else:
        send("PRAGMA synchronous = NORMAL", [])
        try:
            yield
        finally:
            send("PRAGMA synchronous = FULL", [])
