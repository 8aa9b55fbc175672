"""PostgreSQL below Django: statements on the wire of its connection, and transactions on a pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg

from registry_api.sql.wire import Wire

ATTRIBUTE = "_portolan_wire"


def wire_of(db: Any) -> Wire:
    """The wire of a connection (Django's, open), made when it is asked for first and kept with psycopg's below it."""
    connection = db.connection
    wire: Wire | None = getattr(connection, ATTRIBUTE, None)
    if wire is None:
        wire = Wire(connection, prepares=db.settings_dict["PREPARES_STATEMENTS"])
        setattr(connection, ATTRIBUTE, wire)
    return wire


@lru_cache(maxsize=512)
def numbered(sql: str) -> bytes:
    """The statement with PostgreSQL's own marks for the places of values."""
    head, *rest = sql.split("%s")
    numbers = count(1)
    return (head + "".join(f"${next(numbers)}{part}" for part in rest)).encode()


@contextmanager
def pipelined(db: Any) -> Iterator[None]:
    """A transaction on PostgreSQL, on a connection (Django's) that is in none.

    What Django's ``atomic`` does, but BEGIN and COMMIT go with the statements next to them, while Django and psycopg
    wait for the answer to each. Django's own cursors cannot be used inside.
    """
    db.ensure_connection()
    wire = wire_of(db)
    db.in_atomic_block, db.needs_rollback = True, False
    try:
        with db.wrap_database_errors:
            wire.begin()
            yield
            wire.commit()
    except BaseException:
        db.run_on_commit = []
        _roll_back(db, wire)
        raise
    finally:
        db.in_atomic_block, db.needs_rollback = False, False
    db.run_and_clear_commit_hooks()


def _roll_back(db: Any, wire: Wire) -> None:
    """What the server still holds of the transaction; a connection that cannot even do that is given up."""
    try:
        wire.roll_back()
    except psycopg.Error:
        db.close()
