"""HTTP as the product speaks it to servers that it does not trust.

The address is the one that :mod:`registry_api.remotes.addresses` let pass, TLS is verified against the name in the URL,
nothing is read without limit, and no redirect is followed. One attempt is made; :mod:`registry_api.remotes.patience`
tries again.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    InsecureRequestWarning,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.response import BaseHTTPResponse

from registry_api.remotes.addresses import IPAddress, Reach, Target, lookup, resolve
from registry_api.remotes.connections import WatchedHTTPPool, WatchedHTTPSPool, WatchedProxy
from registry_api.remotes.deadlines import Deadline, within
from registry_api.remotes.errors import BadAnswer, Refused, RemoteError, Unreachable, Untrusted, UnusableCertificate

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0  # without a byte
EXCHANGE_SECONDS = 120.0  # for a whole answer of limited size
PARTING_SECONDS = 2.0  # for what is asked after all was interrupted: to tidy up, and no more
LOOKUP_SECONDS = 60.0  # for which the addresses of a name are believed
LARGEST_ANSWER = 8 << 20  # bytes of an answer that is read whole, unless the caller says otherwise
PIECE = 1 << 16  # bytes
BY_PROXY = ""  # in the place of an address
CONNECTIONS = 16  # kept open to one address
USER_AGENT = "Portolan"

# Not verifying is what the endpoint says (`insecure`), and is shown there; a line for each request says nothing more.
urllib3.disable_warnings(InsecureRequestWarning)

# How Python words what a proxy answers in the place of a connection.
TUNNEL = re.compile(r"Tunnel connection failed: ([0-9]{3})")

Body = bytes | Iterable[bytes] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """``body`` is all of it; header names are found in any case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Raises BadAnswer."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise BadAnswer("the answer is not JSON") from error


class Stream:
    """An answer whose body is still to be read."""

    def __init__(self, target: Target, response: BaseHTTPResponse) -> None:
        self.target = target
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self._response = response

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes as they arrive; b"" at the end. Raises Unreachable when the connection is cut."""
        with _said_plainly(self.target):
            return self._response.read1(size)

    def read_all(self, limit: int) -> bytes:
        """Raises BadAnswer for more than ``limit`` bytes."""
        pieces, size = [], 0
        while piece := self.read(PIECE):
            size += len(piece)
            if size > limit:
                raise BadAnswer(f"{self.target.authority} answers with more than {limit} bytes")
            pieces.append(piece)
        return b"".join(pieces)


class Transport:
    """Connections to the servers behind one endpoint; for several threads at once.

    ``ca_certificate`` is PEM text, to be believed in the place of the system's authorities; ``insecure`` verifies no
    certificate at all. ``home`` is the URL that somebody wrote: where its server is public, nothing that it says leads
    to private addresses. Times are in seconds. Raises UnusableCertificate.
    """

    def __init__(
        self,
        *,
        reach: Reach,
        home: str = "",
        insecure: bool = False,
        ca_certificate: str = "",
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        exchange_seconds: float = EXCHANGE_SECONDS,
    ) -> None:
        self._reach = reach
        self._home = home
        self._tls = tls_context(ca_certificate, insecure=insecure)
        self._exchange_seconds = exchange_seconds
        self._timeout = urllib3.Timeout(connect=connect_seconds, read=read_seconds)
        self._pools: dict[tuple[str, str, int, str], urllib3.HTTPConnectionPool] = {}
        self._known: dict[str, tuple[float, list[IPAddress]]] = {}
        self._under_way: set[Deadline] = set()
        self._is_interrupted = False
        self._lock = threading.Lock()

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Body = None,
        limit: int = LARGEST_ANSWER,
        seconds: float | None = None,
    ) -> Answer:
        """One request and the whole answer, whatever its status, of up to ``limit`` bytes and within ``seconds``.

        A body in pieces needs its Content-Length in the headers, and the time begins after its last piece. Raises
        AddressRefused, Unreachable, Untrusted, BadAnswer; what the body raises passes through.
        """
        target = self.target(url)
        seconds = seconds or self._exchange_seconds
        too_late = Unreachable(f"{target.authority} did not answer within {seconds:g} seconds")
        with self._limited(seconds) as deadline:
            if body is not None and not isinstance(body, bytes):
                body = deadline.spared(body)
            try:
                with self._sent(method, target, headers or {}, body) as stream:
                    answer = Answer(url, stream.status, stream.headers, stream.read_all(limit))
            except RemoteError as error:
                if deadline.is_over:
                    raise too_late from error
                raise
        return answer

    @contextmanager
    def stream(self, method: str, url: str, *, headers: Mapping[str, str] | None = None) -> Iterator[Stream]:
        """One request and its answer, to be read piece by piece. Raises as `exchange`, inside too."""
        with self._limited(None), self._sent(method, self.target(url), headers or {}, None) as stream:
            yield stream

    def target(self, url: str) -> Target:
        """Where the URL leads; names are looked up once a minute. Raises AddressRefused."""
        reach = resolve(self._home, self._reach, self._lookup).reach if self._home else self._reach
        return resolve(url, reach, self._lookup)

    def interrupt(self) -> None:
        """Ends what is under way, in whichever thread: Unreachable is raised there. What is asked afterwards has to be
        done within PARTING_SECONDS."""
        with self._lock:
            self._is_interrupted = True
            under_way = list(self._under_way)
        for deadline in under_way:
            deadline.cut()

    def close(self) -> None:
        with self._lock:
            pools = list(self._pools.values())
            self._pools.clear()
        for pool in pools:
            pool.close()

    @contextmanager
    def _limited(self, seconds: float | None) -> Iterator[Deadline]:
        """``seconds`` None is for any time. Over with the interruption, which may be repeated for whoever was about to
        connect; what begins afterwards has its moment whatever is repeated, and no more of it for a long body."""
        with self._lock:
            if self._is_interrupted:
                deadline = Deadline(min(seconds or PARTING_SECONDS, PARTING_SECONDS), spares=False)
            else:
                deadline = Deadline(seconds)
                self._under_way.add(deadline)
        try:
            with within(deadline):
                yield deadline
        finally:
            with self._lock:
                self._under_way.discard(deadline)

    @contextmanager
    def _sent(self, method: str, target: Target, headers: Mapping[str, str], body: Body) -> Iterator[Stream]:
        response = self._first_that_connects(method, target, headers, body)
        try:
            yield Stream(target, response)
        finally:
            response.close()  # a connection whose answer was read to the end is back in its pool by now

    def _first_that_connects(
        self, method: str, target: Target, headers: Mapping[str, str], body: Body
    ) -> BaseHTTPResponse:
        *others, last = target.addresses if target.proxy is None else (BY_PROXY,)
        for address in others:
            try:
                return self._attempt(method, target, address, headers, body)
            except NotConnected:
                continue
        return self._attempt(method, target, last, headers, body)

    def _attempt(
        self, method: str, target: Target, address: str, headers: Mapping[str, str], body: Body
    ) -> BaseHTTPResponse:
        sent = {"Host": target.authority, "User-Agent": USER_AGENT, "Accept-Encoding": "identity", **headers}
        # What has no TLS goes to the proxy itself, which wants to know the whole address.
        origin = f"http://{target.authority}" if target.proxy and target.scheme == "http" else ""
        with _said_plainly(target):
            return self._pool(target, address).urlopen(
                method,
                f"{origin}{target.path}",
                body=body,
                headers=sent,
                retries=False,
                redirect=False,
                assert_same_host=False,
                timeout=self._timeout,
                preload_content=False,
                decode_content=False,
            )

    def _pool(self, target: Target, address: str) -> urllib3.HTTPConnectionPool:
        key = (*target.origin, address)
        with self._lock:
            pool = self._pools.get(key)
            if pool is None:
                pool = self._pools[key] = self._new_pool(target, address)
            return pool

    def _new_pool(self, target: Target, address: str) -> urllib3.HTTPConnectionPool:
        if target.proxy:
            by_proxy = WatchedProxy(target.proxy, maxsize=CONNECTIONS, ssl_context=self._tls)
            return by_proxy.connection_from_host(target.host, target.port, target.scheme)
        if target.scheme == "http":
            return WatchedHTTPPool(address, target.port, maxsize=CONNECTIONS)
        return WatchedHTTPSPool(
            address, target.port, maxsize=CONNECTIONS, ssl_context=self._tls, server_hostname=target.host
        )

    def _lookup(self, host: str) -> list[IPAddress]:
        now = time.monotonic()
        with self._lock:
            known = self._known.get(host)
        if known is None or known[0] < now:
            known = (now + LOOKUP_SECONDS, lookup(host))
            with self._lock:
                self._known[host] = known
        return known[1]


def tls_context(ca_certificate: str = "", *, insecure: bool = False) -> ssl.SSLContext:
    """Verifies by the system's authorities, by the given ones alone, or not at all. Raises UnusableCertificate."""
    try:
        context = ssl.create_default_context(cadata=ca_certificate or None)
    except (ssl.SSLError, ValueError, TypeError) as error:  # the last for what is not ASCII
        raise UnusableCertificate("the certificate of the authority is not one in PEM form") from error
    if ca_certificate:
        # As Go does: what an administrator names is believed, also where it is not the root of its chain.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class NotConnected(Unreachable):
    """Not a byte was sent, so that another address may be tried."""


@contextmanager
def _said_plainly(target: Target) -> Iterator[None]:
    """Turns what urllib3 raises into our errors, whose words have no resolved address."""
    try:
        yield
    except (NewConnectionError, ConnectTimeoutError) as error:
        raise NotConnected(f"no connection to {target.authority}{_way(target)}") from error
    except ProxyError as error:
        raise _proxy_error(target, error) from error
    except ReadTimeoutError as error:
        raise Unreachable(f"{target.authority} does not answer in time") from error
    except SSLError as error:
        raise _tls_error(target, error) from error
    except ProtocolError as error:
        if _was_cut(error.args[-1] if error.args else error):
            raise Unreachable(f"the connection to {target.authority} was cut") from error
        raise BadAnswer(f"{target.authority} does not answer as an HTTP server does") from error
    except HTTPError as error:
        raise BadAnswer(f"{target.authority} does not answer as an HTTP server does") from error


def _way(target: Target) -> str:
    """The proxy itself is nobody's business."""
    return " by way of the proxy" if target.proxy else ""


def _proxy_error(target: Target, error: ProxyError) -> RemoteError:
    refused = TUNNEL.match(str(error.original_error))
    if refused is None:
        return NotConnected(f"no connection to {target.authority} by way of the proxy")
    status = int(refused[1])
    return Refused(f"the proxy does not lead to {target.authority} (status {status})", status)


def _was_cut(cause: object) -> bool:
    """Or else what came is no HTTP."""
    if isinstance(cause, OSError | http.client.IncompleteRead) or not isinstance(cause, http.client.HTTPException):
        return True
    # A line that the end of the connection has ended, and not its own end.
    return isinstance(cause, http.client.BadStatusLine) and not str(cause.args[0]).endswith("\n")


def _tls_error(target: Target, error: SSLError) -> Unreachable:
    cause = error.args[0] if error.args else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Untrusted(f"the certificate of {target.authority} is not trusted: {cause.verify_message}")
    if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Unreachable(f"the connection to {target.authority} was cut")
    return Untrusted(f"{target.authority} does not speak TLS as we do")
