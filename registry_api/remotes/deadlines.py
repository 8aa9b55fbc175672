"""An end for a whole exchange: a server that sends a byte now and then never runs into the limit of a single read."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_present = threading.local()


class Deadline:
    """Shuts the connection that this thread uses when the time is over; what reads from it then meets its end."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.is_over = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._is_left = False

    def start(self) -> None:
        self._timer = threading.Timer(self.seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def leave(self) -> None:
        """For good: a body that was not sent to its end may only be given up later."""
        self._is_left = True
        self.stop()
        self.watch(None)

    def spared(self, body: Iterable[bytes]) -> Iterator[bytes]:
        """The body: as long as it is being sent the time stands still, and afterwards it begins anew."""
        self.stop()
        try:
            yield from body
        finally:
            if not self._is_left:
                self.start()

    def watch(self, connected: socket.socket | None) -> None:
        with self._lock:
            self._socket = connected
            if self.is_over:
                self._shut()

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            try:
                # The plain method: that of a TLS socket takes the session away from the thread that reads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                pass


@contextmanager
def within(seconds: float) -> Iterator[Deadline]:
    """Ends whatever this thread exchanges inside. Look at ``is_over`` to tell it from a connection that was cut."""
    deadline = Deadline(seconds)
    deadline.start()
    _present.deadline = deadline
    try:
        yield deadline
    finally:
        _present.deadline = None
        deadline.leave()


def present_deadline() -> Deadline | None:
    """That of the calling thread."""
    return getattr(_present, "deadline", None)
