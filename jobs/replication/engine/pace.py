"""A limit on bytes a second, kept by all threads of a task together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PIECE = 64 << 10  # bytes that are taken at once where there is a limit, so that the flow is even


class Pace:
    """``rate`` is in bytes a second, None for as fast as it goes; it may be set anew at any time."""

    def __init__(self, wait: Callable[[float], None], rate: float | None = None) -> None:
        """``wait`` waits so many seconds, and raises when nobody is to wait any longer."""
        self.rate = rate
        self._wait = wait
        self._lock = threading.Lock()
        self._free_at = 0.0

    def piece(self, size: int) -> int:
        """How much of ``size`` bytes to take at once."""
        return size if self.rate is None else min(size, PIECE)

    def take(self, count: int) -> None:
        """Waits until ``count`` bytes more may have gone."""
        rate = self.rate
        if rate is None:
            return
        with self._lock:
            now = time.monotonic()
            begin = max(now, self._free_at)
            self._free_at = begin + count / rate
            delay = self._free_at - now
        # In short steps: a limit that is lifted meanwhile lets go at once.
        while delay > 0 and self.rate is not None:
            self._wait(min(delay, 0.5))
            delay -= 0.5
