"""Ties a child's life to the supervisor's: the kernel signals it when the supervisor dies, however that happens."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

PR_SET_PDEATHSIG = 1  # linux/prctl.h

_libc = ctypes.CDLL(None, use_errno=True)


def tie_to_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """What a child has to run between fork and exec so that it gets `death_signal` when the supervisor is gone.

    It also takes off the signal mask, which the supervisor's way of waiting for signals leaves to its children.
    """
    parent = os.getpid()

    def in_child() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        # The supervisor may have died before the line above took effect: then no signal will ever come.
        if os.getppid() != parent:
            os._exit(1)

    return in_child
