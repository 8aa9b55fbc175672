"""gunicorn's response, sent through a connection that never blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gunicorn.http.wsgi import Response
from gunicorn.util import to_bytestring

from portal.server.bodies import Body
from portal.server.connection import JOINED, Connection
from portal.server.files import FileSlice
from portal.server.lines import SERVER, date_line


class RegistryResponse(Response):
    """The head is kept until the first bytes of the body, to leave in one packet with them.

    An application has to read what it wants of a request's body before it begins its answer: what is then unread
    decides whether the connection can be used again.
    """

    headers_sent: bool

    def __init__(
        self, req: Any, sock: Any, cfg: Any, connection: Connection, body: Body, is_last: Callable[[], bool]
    ) -> None:
        super().__init__(req, sock, cfg)
        self._is_last = is_last
        self._connection = connection
        self._request_body = body
        self._head = b""

    @property
    def has_left(self) -> bool:
        """Whether anything of it may have reached the client, so that nothing else can be answered any more."""
        return bool(self.headers_sent and not self._head)

    @property
    def is_whole(self) -> bool:
        """Whether the body is as long as the head said."""
        return self._omits_body or self.response_length is None or self.sent == self.response_length

    def default_headers(self) -> list[str]:
        connection = "close" if self.should_close() else "keep-alive"
        major, minor = self.req.version
        lines = [
            f"HTTP/{major}.{minor} {self.status}\r\n",
            f"Server: {SERVER}\r\n",
            date_line().decode("ascii"),
            f"Connection: {connection}\r\n",
        ]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked\r\n")
        return lines

    def send_headers(self) -> None:
        if self.headers_sent:
            return
        if self._is_last() or not self._request_body.finish_ready():
            self.force_close()
        lines = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers), "\r\n"]
        self._head = to_bytestring("".join(lines), "latin-1")
        self.headers_sent = True

    def write(self, arg: bytes) -> None:
        """Django's views answer HEAD as they answer GET: what must not be sent is dropped here without a word."""
        if self._omits_body:
            self.send_headers()
        else:
            super().write(arg)

    def _emit_body(self, data: bytes) -> None:
        if self.chunked:
            data = b"%X\r\n%b\r\n" % (len(data), data)
        self._send(data)

    def _send(self, data: bytes) -> None:
        head, self._head = self._head, b""
        if head and len(data) <= JOINED:
            data = head + data
        elif head:
            self._connection.send(head, more_follows=True)
        if data:
            self._connection.send(data)

    def close(self) -> None:
        self.send_headers()
        self._send(b"0\r\n\r\n" if self.chunked else b"")

    def takes_file(self, file: FileSlice) -> bool:
        """Whether the body is exactly this file, so that the kernel can send it."""
        return self.status is not None and not self._omits_body and self.response_length == file.left

    def send_file(self, file: FileSlice) -> None:
        """Sends the head and leaves the file to the connection."""
        self.send_headers()
        head, self._head = self._head, b""
        self._connection.send(head, more_follows=file.left > 0)
        self.sent += file.left
        if file.left:
            self._connection.file = file
        else:
            file.close()
