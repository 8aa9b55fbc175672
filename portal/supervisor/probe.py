"""Finds out, without waiting, whether the web process answers."""

from __future__ import annotations

import select
import socket

REQUEST = b"GET /v2/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - listened on, never connected to


class Probe:
    """Puts one request into the listening socket's queue and looks now and then whether its answer has come."""

    def __init__(self, listener: socket.socket) -> None:
        host, port = listener.getsockname()[:2]
        self._address = (ANY_ADDRESS.get(host, host), port)
        self._connection: socket.socket | None = None

    def answered(self) -> bool:
        """True as soon as anything that is HTTP has come back. Never waits; raises nothing."""
        try:
            if self._connection is None:
                self._connection = socket.create_connection(self._address, timeout=1)
                self._connection.sendall(REQUEST)
            if not select.select([self._connection], [], [], 0)[0]:
                return False
            alive = self._connection.recv(5) == b"HTTP/"
        except OSError:
            alive = False
        self.close()
        return alive

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
