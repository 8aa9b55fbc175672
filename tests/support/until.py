"""Waiting for what will happen, however busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 120.0  # seconds; a bound against hanging, not a promise of speed


def wait_until(
    is_so: Callable[[], object], what: str | Callable[[], str] = "this", *, patience: float = PATIENCE
) -> None:
    """Fails when it never comes true; ``what`` says then what was waited for."""
    deadline = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < deadline, f"still not: {what() if callable(what) else what}"
        time.sleep(0.02)
