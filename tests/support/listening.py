"""A port of the loopback behind which a test's own code answers."""

from __future__ import annotations

import socketserver
import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, Self


class Served:
    """A context manager: the server answers in it."""

    _server: socketserver.TCPServer

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])


class Listening(Served, ABC):
    """Each connection is served in a thread of its own; that a client went away is no news."""

    def __enter__(self) -> Self:
        serve = self.serve

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                try:
                    serve(self.request)
                except (OSError, ValueError):
                    pass

        self._server = _Threads(("127.0.0.1", 0), Handler)
        return super().__enter__()

    @abstractmethod
    def serve(self, client: Any) -> None:
        """The socket of a client."""


class _Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
