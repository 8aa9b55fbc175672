"""Doing each thing once, however many threads want it done."""

from __future__ import annotations

import threading
from collections.abc import Callable

LOOK = 0.5  # seconds between two looks whether to stop waiting


class Once:
    """Things by name. What failed is done again by whoever comes next."""

    def __init__(self, check: Callable[[], None]) -> None:
        """``check`` raises when nobody is to wait any longer."""
        self._check = check
        self._lock = threading.Lock()
        self._done: set[str] = set()
        self._under_way: dict[str, threading.Event] = {}

    def do(self, name: str, work: Callable[[], object]) -> None:
        """Returns when the work was done, by this thread or another. Raises what ``work`` raises."""
        while (other := self._begin(name)) is not None:
            while not other.wait(LOOK):
                self._check()
        if name in self._done:
            return
        try:
            work()
        except BaseException:
            self._end(name, done=False)
            raise
        self._end(name, done=True)

    def _begin(self, name: str) -> threading.Event | None:
        """What to wait for; None when the caller's turn has come, or there is nothing left to do."""
        with self._lock:
            if name in self._done:
                return None
            other = self._under_way.get(name)
            if other is None:
                self._under_way[name] = threading.Event()
            return other

    def _end(self, name: str, *, done: bool) -> None:
        with self._lock:
            if done:
                self._done.add(name)
            self._under_way.pop(name).set()
