"""Some threads that do the same with one thing after another."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from django.db import connections

Item = TypeVar("Item")

BEAT = 0.5  # seconds
PATIENCE = 5.0  # seconds in which those who are told to stop may do so
_END: Any = object()


class Halted(Exception):
    """Somebody else of the crew could not go on, or all are told to stop."""


class Crew(Generic[Item]):
    """``work`` is done with each item by one of ``size`` threads; ``beat`` is called twice a second meanwhile.

    What ``work`` or ``beat`` raises ends it all: nothing more is begun, and :attr:`check` raises in whoever asks it.
    """

    def __init__(self, work: Callable[[Item], None], *, size: int, beat: Callable[[], None]) -> None:
        self._work = work
        self._size = size
        self._beat = beat
        self._items: queue.Queue[Any] = queue.Queue(maxsize=size)
        self._fault: BaseException | None = None
        self._halt = threading.Event()

    def check(self) -> None:
        """Raises Halted when nobody is to go on."""
        if self._halt.is_set():
            raise Halted

    def wait(self, seconds: float) -> None:
        """Raises Halted as soon as nobody is to go on."""
        self._halt.wait(seconds)
        self.check()

    def run(self, items: Iterable[Item]) -> None:
        """Returns when all is done; raises what stopped it."""
        threads = [threading.Thread(target=self._member, daemon=True) for _ in range(self._size)]
        for thread in threads:
            thread.start()
        try:
            for item in items:
                self._hand_out(item)
            for _ in threads:
                self._hand_out(_END)
            for thread in threads:
                while thread.is_alive():
                    self._pulse()
                    thread.join(BEAT / 5)
            self._raise_fault()
        except BaseException:
            self._halt.set()
            self._let_stop(threads)
            raise

    def _hand_out(self, item: Any) -> None:
        while True:
            self._pulse()
            try:
                self._items.put(item, timeout=BEAT)
            except queue.Full:
                continue
            return

    def _pulse(self) -> None:
        self._raise_fault()
        self._beat()

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _let_stop(self, threads: list[threading.Thread]) -> None:
        """One that waits for a silent peer is not waited for: it stops by itself, before it writes anything more."""
        deadline = time.monotonic() + PATIENCE
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _member(self) -> None:
        try:
            while not self._halt.is_set():
                try:
                    item = self._items.get(timeout=BEAT)
                except queue.Empty:
                    continue
                if item is _END:
                    return
                self._work(item)
        except Halted:
            pass
        except BaseException as fault:  # noqa: BLE001 - it is raised again where the crew is waited for
            self._fault = self._fault or fault
            self._halt.set()
        finally:
            connections.close_all()
