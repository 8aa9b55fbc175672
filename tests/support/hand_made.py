"""Servers made by hand: one that answers as a test has it, well or badly, and one that stands between two others."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.support.listening import Listening

Headers = Mapping[str, str]


class Call:
    """One request, with the means to answer it in any way. The connection ends behind the answer."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = connection.makefile("rb")
        self.method, self.target, _ = self._reader.readline().decode("latin-1").split(" ", 2)
        self.headers: dict[str, str] = {}
        while line := self._reader.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @cached_property
    def body(self) -> bytes:
        return self._reader.read(int(self.headers.get("content-length", 0)))

    def send(self, raw: bytes) -> None:
        self._connection.sendall(raw)

    def reply(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        """Header names with _ for -."""
        _ = self.body  # who is answered before it was read may find the connection reset
        head = {"Content-Length": str(len(body)), "Connection": "close", **headers}
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in head.items())
        self.send(f"HTTP/1.1 {status} Fine\r\n{lines}\r\n".encode() + (b"" if self.method == "HEAD" else body))


Answering = Callable[[Call], None]


@dataclass
class HandMade(Listening):
    """A context manager. ``answers`` are by the beginning of "METHOD /path", the longest first; 404 for all others."""

    answers: dict[str, Answering] = field(default_factory=dict)
    certificate: tuple[Path, Path] | None = None
    """Certificate and key: it speaks TLS then."""
    calls: list[Call] = field(default_factory=list)

    def __enter__(self) -> HandMade:
        self._context: ssl.SSLContext | None = None
        if self.certificate:
            self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._context.load_cert_chain(*self.certificate)
        return super().__enter__()

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def on(self, beginning: str, answering: Answering | bytes | int, **headers: str) -> None:
        """``answering`` may also be a body, with status 200, or a status alone."""
        if isinstance(answering, bytes | int):
            status, body = (answering, b"") if isinstance(answering, int) else (200, answering)
            self.answers[beginning] = lambda call: call.reply(status, body, **headers)
        else:
            self.answers[beginning] = answering

    def seen(self, method: str, beginning: str = "/") -> list[Call]:
        return [call for call in self.calls if call.method == method and call.target.startswith(beginning)]

    def _answer(self, call: Call) -> None:
        self.calls.append(call)
        line = f"{call.method} {call.target}"
        known = [beginning for beginning in self.answers if line.startswith(beginning)]
        if known:
            self.answers[max(known, key=len)](call)
        else:
            call.reply(404)

    def serve(self, client: Any) -> None:
        if self._context:
            client = self._context.wrap_socket(client, server_side=True)
        self._answer(Call(client))
        client.shutdown(socket.SHUT_WR)


@dataclass
class Wire(Listening):
    """A context manager: a port that leads to ``target``, and cuts connections after so many bytes from the client.

    ``cuts`` are used up one by one, by the connections that carry more than that; without any left nothing is cut.
    """

    target: int
    cuts: list[int] = field(default_factory=list)
    was_cut: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            carried = 0
            while piece := client.recv(1 << 14):
                carried += len(piece)
                if self.cuts and carried > self.cuts[0]:
                    self.cuts.pop(0)
                    self.was_cut += 1
                    # Closing alone says nothing as long as the other thread reads.
                    server.shutdown(socket.SHUT_RDWR)
                    return
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(1 << 16):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
