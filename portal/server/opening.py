"""From the bytes of a request to what a WSGI application gets."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_to_bytes

from gunicorn.http import wsgi
from gunicorn.http.errors import InvalidHeader, UnsupportedTransferCoding
from gunicorn.http.parser import RequestParser

from portal.server.bodies import Body, LengthBody, body_of
from portal.server.files import FileSlice
from portal.server.heads import END, plain_head
from portal.server.response import RegistryResponse

if TYPE_CHECKING:
    from portal.server.connection import Connection


class Opened(NamedTuple):
    """``request`` is gunicorn's, or the plain head in its place."""

    request: Any
    body: Body
    response: RegistryResponse
    environ: dict[str, Any]


class Opener:
    """``is_last`` says whether an answer that begins now is the last one on its connection."""

    def __init__(self, cfg: Any, is_last: Callable[[], bool]) -> None:
        self._cfg = cfg
        self._is_last = is_last
        self._template = {**wsgi.base_environ(cfg), **COMMON, "wsgi.url_scheme": "http", "SCRIPT_NAME": ""}

    def open(self, connection: Connection, received: bytes) -> Opened:
        """``received`` is a whole head and what came with it. Raises gunicorn's errors for heads that it refuses."""
        return self.open_plain(connection, received) or self.open_parsed(connection, received)

    def open_plain(self, connection: Connection, received: bytes) -> Opened | None:
        """Most requests are plain, and gunicorn's parser would take a sixth of their time."""
        end = received.find(END)
        plain = plain_head(received[:end])
        if plain is None:
            return None
        path, _, query = plain.uri.partition("?")
        body = LengthBody(connection, received[end + len(END) :], 0)
        environ = {
            **self._template,
            **plain.headers,
            **addresses(connection, plain.headers["HTTP_HOST"]),
            "wsgi.input": io.BytesIO(),
            "gunicorn.socket": connection.sock,
            "portolan.source": body,
            "REQUEST_METHOD": plain.method,
            "RAW_URI": plain.uri,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1") if "%" in path else path,
            "QUERY_STRING": query,
            "SERVER_PROTOCOL": "HTTP/1.1",
        }
        response = RegistryResponse(plain, connection.sock, self._cfg, connection, body, self._is_last)
        return Opened(plain, body, response, environ)

    def open_parsed(self, connection: Connection, received: bytes) -> Opened:
        parser = RequestParser(self._cfg, [received], connection.client)
        request = next(parser)
        require_understood(request)
        body = body_of(request, connection, parser.unreader.take_buffered())
        response, environ = wsgi.create(
            *(request, connection.sock, connection.client, connection.server, self._cfg),
            response_class=RegistryResponse,
            response_args=(connection, body, self._is_last),
        )
        environ |= COMMON
        environ["portolan.source"] = body
        return Opened(request, body, response, environ)


COMMON: dict[str, Any] = {"wsgi.multithread": True, "portolan.sendfile": FileSlice}


def addresses(connection: Connection, host: str) -> dict[str, str]:
    """Both ends as gunicorn names them: a unix socket has no address of its own but what the client calls it."""
    client, server = connection.client, connection.server
    if isinstance(server, str):
        server = [*host.split(":"), "80"]
    found = {"SERVER_NAME": server[0], "SERVER_PORT": str(server[1])}
    if isinstance(client, str | bytes):
        return found | {"REMOTE_ADDR": client if isinstance(client, str) else client.decode()}
    return found | {"REMOTE_ADDR": client[0], "REMOTE_PORT": str(client[1])}


def require_understood(request: Any) -> None:
    """Refuses what gunicorn's parser lets pass: no host (RFC 9112 §3.2), and codings that nobody here undoes (§6.1)."""
    if request.version >= (1, 1) and not any(name == "HOST" for name, _ in request.headers):
        raise InvalidHeader("HOST")
    for name, value in request.headers:
        if name == "TRANSFER-ENCODING" and value.strip().lower() != "chunked":
            raise UnsupportedTransferCoding(value)
