"""Transactions by libpq's pipeline mode: statements are sent without waiting for the answers to those before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg


@contextmanager
def pipelined(db: Any) -> Iterator[None]:
    """A transaction on PostgreSQL, on a connection (Django's) that is in none.

    What Django's ``atomic`` does, but for two things. BEGIN and COMMIT go with the statements next to them, while
    Django and psycopg wait for the answer to each. And statements gather in the driver's buffer until a result is
    waited for, while psycopg hands each one to the kernel by itself, which wakes the server every time.
    """
    db.ensure_connection()
    db.in_atomic_block, db.needs_rollback = True, False
    try:
        with db.wrap_database_errors, db.connection.pipeline() as pipeline:
            _gather(pipeline)
            _control(db, "BEGIN")
            yield
            _control(db, "COMMIT")
    except BaseException:
        db.run_on_commit = []
        _roll_back(db)
        raise
    finally:
        db.in_atomic_block, db.needs_rollback = False, False
    db.run_and_clear_commit_hooks()


def _control(db: Any, statement: str) -> None:
    psycopg.RawCursor(db.connection).execute(statement, prepare=False)


def _gather(pipeline: Any) -> None:
    def into_buffer() -> Iterator[Any]:
        while pipeline.command_queue:
            pipeline.command_queue.popleft()()
        yield from ()

    # The only private name of psycopg that is used here; the package is pinned, and tests/queries/test_joined.py looks.
    pipeline._communicate_gen = into_buffer


def _roll_back(db: Any) -> None:
    """What the server still holds of the transaction; a connection that cannot even do that is given up."""
    try:
        db.connection.rollback()
    except psycopg.Error:
        db.close()
