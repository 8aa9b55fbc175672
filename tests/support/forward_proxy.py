"""A proxy as it stands at the edge of a closed network: it alone knows the names outside."""

from __future__ import annotations

import select
import socket
import socketserver
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from urllib.parse import urlsplit

from tests.support.hand_made import Call


@dataclass
class ForwardProxy:
    """A context manager. ``places`` are ports of the loopback by ``host:port`` as clients ask for them; to all others
    it answers 502. ``user`` is ``name:password`` in base64, where it wants them."""

    places: Mapping[str, int]
    user: str = ""
    asked: list[str] = field(default_factory=list)
    """Each request's method and where to."""

    def __enter__(self) -> ForwardProxy:
        self._server = _Threads(("127.0.0.1", 0), self._handler())
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

    def _carry(self, client: socket.socket) -> None:
        call = Call(client)
        tunnel = call.method == "CONNECT"
        parts = urlsplit(f"//{call.target}" if tunnel else call.target)
        place = f"{parts.hostname}:{parts.port or 80}"
        self.asked.append(f"{call.method} {place}")
        if self.user and call.headers.get("proxy-authorization") != f"Basic {self.user}":
            call.reply(407, Proxy_Authenticate="Basic")
        elif place not in self.places:
            call.reply(502)
        else:
            with socket.create_connection(("127.0.0.1", self.places[place])) as server:
                if tunnel:
                    call.send(b"HTTP/1.1 200 Fine\r\n\r\n")
                else:
                    server.sendall(_forwarded(call, parts.path + (f"?{parts.query}" if parts.query else "")))
                _join(client, server)

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                try:
                    proxy._carry(self.request)
                except (OSError, ValueError):
                    pass  # one of the two went away

        return Handler


class _Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def _forwarded(call: Call, target: str) -> bytes:
    """The request as the server gets it, on a connection of its own."""
    kept = {name: value for name, value in call.headers.items() if not name.startswith("proxy-")}
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**kept, "connection": "close"}.items())
    return f"{call.method} {target} HTTP/1.1\r\n{lines}\r\n".encode() + call.body


def _join(client: socket.socket, server: socket.socket) -> None:
    """Carries bytes both ways until one of the two ends."""
    while True:
        for ready in select.select([client, server], [], [])[0]:
            piece = ready.recv(1 << 16)
            if not piece:
                return
            (server if ready is client else client).sendall(piece)
