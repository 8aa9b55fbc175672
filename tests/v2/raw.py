"""Requests byte by byte, for what no HTTP library would send: odd paths, headers and framings, bodies cut short."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType

from tests.support.people import Person
from tests.support.product import Product

TIMEOUT = 30  # seconds in which an answer must begin; a bound against hanging


@dataclass(frozen=True)
class Reply:
    """One answer as it came; ``lines`` are its headers in their order."""

    status: int
    lines: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.lines if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        found = self.values(name)
        assert len(found) <= 1, f"{name} stands there {len(found)} times: {found}"
        return found[0] if found else None

    @property
    def codes(self) -> list[str]:
        """The error codes of its body."""
        return [error["code"] for error in json.loads(self.body)["errors"]]


class Wire:
    """One connection to the product; a context manager."""

    def __init__(self, product: Product) -> None:
        self.host = product.address
        self._socket = socket.create_connection(("127.0.0.1", product.port), TIMEOUT)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def reset(self) -> None:
        """Breaks the connection off without the usual good-bye."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close()

    def shut(self) -> None:
        """Nothing more will be sent; answers can still be read."""
        self._socket.shutdown(socket.SHUT_WR)

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def begin(self, method: str, target: str | bytes, *headers: str, host: str | None = None) -> None:
        """The head of a request; ``headers`` are whole lines, a Host line is added."""
        path = target if isinstance(target, bytes) else target.encode("latin-1")
        lines = [method.encode() + b" " + path + b" HTTP/1.1", f"Host: {host or self.host}".encode()]
        self.send(b"\r\n".join([*lines, *(line.encode("latin-1") for line in headers), b"", b""]))

    def request(self, method: str, target: str | bytes, *headers: str, body: bytes = b"") -> Reply:
        """``body`` goes with its Content-Length."""
        length = [f"Content-Length: {len(body)}"] if body or method in ("POST", "PUT", "PATCH") else []
        self.begin(method, target, *headers, *length)
        self.send(body)
        return self.reply(method)

    def reply(self, method: str = "GET") -> Reply:
        """The next answer. Raises ConnectionError when the connection ends before one."""
        status_line = self._file.readline()
        if not status_line:
            raise ConnectionError("closed without an answer")
        status = int(status_line.split()[1])
        lines = tuple(self._header_lines())
        fields = {key.lower(): value for key, value in lines}
        if method == "HEAD" or status in (204, 304) or status < 200:
            return Reply(status, lines, b"")
        if "chunked" in fields.get("transfer-encoding", ""):
            return Reply(status, lines, b"".join(self._chunks()))
        if "content-length" in fields:
            return Reply(status, lines, self._file.read(int(fields["content-length"])))
        return Reply(status, lines, self._file.read())

    def read_some(self, count: int) -> bytes:
        """The beginning of the next answer's body."""
        self._file.readline()
        list(self._header_lines())
        return self._file.read(count)

    def ended(self) -> bool:
        """Whether the server has closed its side, with nothing more to read."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True

    def _header_lines(self) -> Iterable[tuple[str, str]]:
        while line := self._file.readline().strip():
            key, _, value = line.decode("latin-1").partition(":")
            yield key, value.strip()

    def _chunks(self) -> Iterable[bytes]:
        while size := int(self._file.readline().split(b";")[0], 16):
            yield self._file.read(size)
            self._file.readline()
        self._file.readline()


def basic(person: Person) -> str:
    """The header line that signs a person in without a token."""
    secret = base64.b64encode(f"{person.username}:{person.password}".encode()).decode()
    return f"Authorization: Basic {secret}"


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body; an empty one ends it."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
