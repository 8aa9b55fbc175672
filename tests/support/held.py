"""What this process holds of the database: a connection out of PostgreSQL's pool, or SQLite's turn to write."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

from django.db import connection

from tests.support import session


def in_use_until(seconds: float) -> int:
    """0 as soon as nothing is held; how much it still is after so many seconds."""
    end = time.monotonic() + seconds
    while (count := in_use()) and time.monotonic() < end:
        time.sleep(0.01)
    return count


def in_use() -> int:
    """How many connections are out of the pool, or whether somebody is writing."""
    if session.database == "sqlite":
        return int(is_written_to())
    found = connection.pool.get_stats()
    return int(found["pool_size"] - found["pool_available"])


def is_written_to() -> bool:
    with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=0)) as another:
        try:
            another.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False
