"""Reading no faster than is wanted."""

from __future__ import annotations

import time
from collections.abc import Callable

NAP = 0.5  # seconds at most between two looks whether to go on


class Pace:
    """``rate`` is in bytes a second, 0 for as fast as it goes; ``check`` is called often and may raise."""

    def __init__(self, rate: int, check: Callable[[], None]) -> None:
        self._rate = rate
        self._check = check
        self._due = time.monotonic()

    def took(self, size: int) -> None:
        """Returns when so many bytes more are all right. Time in which nothing was read is not made up for."""
        self._check()
        if not self._rate:
            return
        self._due = max(self._due, time.monotonic() - NAP) + size / self._rate
        while (wait := self._due - time.monotonic()) > 0:
            time.sleep(min(wait, NAP))
            self._check()
