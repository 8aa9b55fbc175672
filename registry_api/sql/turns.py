"""Turns of those who write to a SQLite file.

SQLite has one writer at a time, and whoever finds it busy sleeps and tries again: by then somebody else has often been
quicker, and while all sleep nobody writes. Here the next one is woken by the kernel when the one before has committed.
Writers that do not take turns are still kept apart by SQLite itself.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError

PATIENCE = 30.0  # seconds, as long as SQLite itself waits


class _Turns:
    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        # A file lock belongs to the open file, which the threads of a process share.
        self._in_process = threading.Lock()

    @contextmanager
    def take(self) -> Iterator[None]:
        if not self._in_process.acquire(timeout=PATIENCE):
            raise OperationalError("database is locked")  # SQLite's own words
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self._in_process.release()


_opened: dict[str, _Turns] = {}
# A child would share its parent's open file, and with it the lock.
os.register_at_fork(after_in_child=_opened.clear)


@contextmanager
def turn(database: str) -> Iterator[None]:
    """The calling thread's turn to write to the file; the next one's begins when this ends.

    Raises OperationalError when it does not come for half a minute: somebody who takes no turns holds the database.
    """
    turns = _opened.get(database)
    if turns is None:
        turns = _opened.setdefault(database, _Turns(f"{database}-turns"))
    with turns.take():
        yield
