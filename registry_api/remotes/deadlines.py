"""An end for a whole exchange: a server that sends a byte now and then never runs into the limit of a single read."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

_present = threading.local()


class Connected(Protocol):
    """A socket, also one that speaks TLS."""

    def fileno(self) -> int: ...


class Deadline:
    """Shuts the connection that a thread uses when the time is over, or when somebody cuts it; what reads from it then
    meets its end.

    ``seconds`` None is for ever; with ``spares`` the time that a body takes does not count. ``is_over`` tells that it
    was the time.
    """

    def __init__(self, seconds: float | None, *, spares: bool = True) -> None:
        self.is_over = False
        self._seconds = seconds
        self._spares = spares
        self._is_cut = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._is_left = False

    def start(self) -> None:
        if self._seconds is not None:
            self._timer = threading.Timer(self._seconds, self._end)
            self._timer.daemon = True
            self._timer.start()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def cut(self) -> None:
        """At once, and for good: nothing more is connected either."""
        with self._lock:
            self._is_cut = True
            self._shut()

    def leave(self) -> None:
        """For good: a body that was not sent to its end may only be given up later."""
        self._is_left = True
        self.stop()
        with self._lock:
            self._let_go()

    def spared(self, body: Iterable[bytes]) -> Iterator[bytes]:
        """The body: as long as it is being sent the time stands still, and afterwards it begins anew; where this
        deadline spares any."""
        if not self._spares:
            yield from body
            return
        self.stop()
        try:
            yield from body
        finally:
            if not self._is_left:
                self.start()

    def watch(self, connected: Connected) -> None:
        """It is this connection now, which need not be made yet. Raises ConnectionAbortedError after the end."""
        with self._lock:
            self._let_go()
            if self.is_over or self._is_cut:
                raise ConnectionAbortedError
            # A handle of its own: TLS takes the socket over, and takes its session away from the thread that reads.
            self._socket = socket.socket(fileno=os.dup(connected.fileno()))

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _let_go(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """Ends whatever this thread exchanges inside. Look at ``is_over`` to tell it from a connection that was cut."""
    before = present_deadline()
    _present.deadline = deadline
    deadline.start()
    try:
        yield
    finally:
        _present.deadline = before
        deadline.leave()


def present_deadline() -> Deadline | None:
    """That of the calling thread."""
    return getattr(_present, "deadline", None)
