"""How many tasks a worker does at the same time, and how many of them may take long."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from jobs.framework.kinds import Queue

LONG = frozenset({Queue.TRANSFER, Queue.MAINTENANCE})


def slots_for_long(slots: int, queues: Collection[str]) -> int:
    """How many slots long work may take: a worker that serves short work too keeps a quarter, or one, free for it."""
    serves_short = any(queue not in LONG for queue in queues)
    return slots - max(1, slots // 4) if serves_short and slots > 1 else slots


class Slots:
    """Those of this process. Until it is told how many there are, there are enough."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._long = 0
        self._most: int | None = None
        self.is_closed = False

    def announce(self, slots: int, queues: Collection[str]) -> None:
        self._most = slots_for_long(slots, queues)
        self.is_closed = False

    def close(self) -> None:
        """Takes nothing more: the process is ending."""
        self.is_closed = True

    @contextmanager
    def taken_for(self, queue: str) -> Iterator[bool]:
        """Whether there is room for a task of the queue; then it is taken until the block ends."""
        is_long = queue in LONG
        with self._lock:
            has_room = not self.is_closed and (not is_long or self._most is None or self._long < self._most)
            self._long += int(is_long and has_room)
        try:
            yield has_room
        finally:
            with self._lock:
                self._long -= int(is_long and has_room)


SLOTS = Slots()
