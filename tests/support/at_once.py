"""Several deeds at the same time, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import DatabaseError, connection

from accounts.errors import DomainError


def at_once(*changes: Callable[[], Any]) -> list[Any]:
    """What each returns, or the error it raises."""
    start = Barrier(len(changes))

    def run(change: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return change()
        except (DomainError, DatabaseError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(changes)) as pool:
        return list(pool.map(run, changes))
