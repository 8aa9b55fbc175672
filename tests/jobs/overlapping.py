"""Two that change the same rows at the same time, each in a thread and on a connection of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from django.db import connection, transaction

from tests.support.until import PATIENCE, wait_until

A_MOMENT = 0.3  # seconds in which one that nothing keeps would have ended


def overlap(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """Begins ``second`` when ``first`` has done all but its commit, which comes when ``second`` waits for it."""
    done, may_commit = Event(), Event()

    def held_open() -> Any:
        with transaction.atomic():
            result = first()
            done.set()
            assert may_commit.wait(PATIENCE)
            return result

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(alone, held_open)
        try:
            wait_until(lambda: done.is_set() or one.done(), "the first one to come to its commit")
            two = threads.submit(alone, second)
            wait_until(lambda: two.done() or is_somebody_waiting(), "the second one to end or wait")
        finally:
            may_commit.set()
        return one.result(PATIENCE), two.result(PATIENCE)


def is_somebody_waiting() -> bool:
    """Whether a connection waits for a lock; SQLite cannot tell, and gets a moment to."""
    if connection.vendor == "sqlite":
        time.sleep(A_MOMENT)
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return bool(cursor.fetchone()[0])


def alone(work: Callable[[], Any]) -> Any:
    """For a thread: closes the connection that it has opened."""
    try:
        return work()
    finally:
        connection.close()
