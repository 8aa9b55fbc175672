"""urllib3's connections, with what it does not look after: an end for all, and the end of the headers."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterable, Sequence
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.poolmanager import ProxyManager

from registry_api.remotes.deadlines import present_deadline
from registry_api.remotes.proxies import Proxy

SEND_SECONDS = 60.0  # in which not a byte of a body is taken
END = (b"\r\n", b"\n")


class _Lines:
    """A stream that remembers the last line that was read of it."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.last = b""

    def readline(self, limit: int = -1) -> bytes:
        self.last = self.stream.readline(limit)
        return self.last

    def close(self) -> None:
        self.stream.close()


class WholeHead(http.client.HTTPResponse):
    """Python takes what is cut in the middle of its headers for a whole answer without a body; this one does not."""

    fp: Any

    def begin(self) -> None:
        lines = self.fp = _Lines(self.fp)
        try:
            super().begin()
        finally:
            if self.fp is lines:
                self.fp = lines.stream
        if lines.last not in END:
            raise http.client.RemoteDisconnected("the connection ended in the middle of the headers")


class _Watched:
    """A connection that tells the thread's deadline which socket it uses, before it waits for anything."""

    sock: Any
    timeout: Any
    socket_options: Any
    port: int
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        """As urllib3's, which shows nobody the socket before it is connected. Raises HTTPError."""
        found: Any = self
        try:
            return _connected(self._dns_host.strip("[]"), self.port, self.timeout, self.socket_options or ())
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "not connected in time") from error
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(found, f"not connected: {error}") from error

    def endheaders(self, *args: Any, **options: Any) -> None:
        if self.sock is not None:
            _watch(self.sock)  # it is used again
        super().endheaders(*args, **options)  # type: ignore[misc]
        # Until now the limit was that of connecting; whoever takes a body may well stop to store it.
        self.sock.settimeout(SEND_SECONDS)


def _connected(host: str, port: int, timeout: float, options: Iterable[Sequence[Any]]) -> socket.socket:
    """To the first of the addresses that takes it. Raises OSError."""
    failure = OSError("no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        made = socket.socket(family, kind, protocol)
        try:
            for option in options:
                made.setsockopt(*option)
            made.settimeout(timeout)
            _watch(made)
            made.connect(address)
        except OSError as error:
            made.close()
            failure = error
        else:
            return made
    raise failure


def _watch(connected: Any) -> None:
    if deadline := present_deadline():
        deadline.watch(connected)


class WatchedHTTPConnection(_Watched, HTTPConnection):
    response_class = WholeHead


class WatchedHTTPSConnection(_Watched, HTTPSConnection):
    response_class = WholeHead


class WatchedHTTPPool(HTTPConnectionPool):
    ConnectionCls = WatchedHTTPConnection


class WatchedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = WatchedHTTPSConnection


class WatchedProxy(ProxyManager):
    """Pools of connections that go by a proxy: with TLS through a tunnel, so that it sees names and no more."""

    def __init__(self, proxy: Proxy, **options: Any) -> None:
        super().__init__(proxy.url, proxy_headers=proxy.headers, **options)
        self.pool_classes_by_scheme = {"http": WatchedHTTPPool, "https": WatchedHTTPSPool}
