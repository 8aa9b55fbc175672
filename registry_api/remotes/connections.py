"""urllib3's connections, with what it does not look after: an end for all, and the end of the headers."""

from __future__ import annotations

import http.client
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
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
    """A connection that tells the thread's deadline which socket it uses."""

    sock: Any

    def endheaders(self, *args: Any, **options: Any) -> None:
        super().endheaders(*args, **options)  # type: ignore[misc]
        # Until now the limit was that of connecting; whoever takes a body may well stop to store it.
        self.sock.settimeout(SEND_SECONDS)
        if deadline := present_deadline():
            deadline.watch(self.sock)


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
