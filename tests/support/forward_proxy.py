"""A proxy as it stands at the edge of a closed network: it alone knows the names outside."""

from __future__ import annotations

import select
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.hand_made import Call
from tests.support.listening import Listening


@dataclass
class ForwardProxy(Listening):
    """A context manager. ``places`` are ports of the loopback by ``host:port`` as clients ask for them; to all others
    it answers 502. ``user`` is ``name:password`` in base64, where it wants them."""

    places: Mapping[str, int]
    user: str = ""
    asked: list[str] = field(default_factory=list)
    """Each request's method and where to."""

    def serve(self, client: socket.socket) -> None:
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
