"""A proxy in front of a registry that counts what goes through, and, when told to, delays, cuts and refuses."""

from __future__ import annotations

import random
import re
import socket
import threading
import time
from collections import Counter
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.listening import Served

PIECE = 1 << 14
BLOB = re.compile(r"/v2/.+/blobs/(sha\d+:[0-9a-f]+)")
LONGEST_DELAY = 0.05  # seconds
HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "keep-alive", "content-length"})
TROUBLES = ("before", "request", "answer", "lost", "busy")


class FlakyProxy(Served):
    """``trouble`` is how likely a request is to come to harm: it is cut before it goes on, in the middle of its body or
    of the answer's, its answer is lost, or it is refused with 503. ``address`` is host:port.

    ``sent`` counts bytes of each blob that clients were given, ``whole`` how often one was given to its last byte,
    ``received`` bytes of uploads; ``cuts`` counts the harm that was done.
    """

    def __init__(self, upstream: str, *, trouble: float = 0.0, seed: int = 0) -> None:
        self.upstream = upstream
        self.trouble = trouble
        self.sent: Counter[str] = Counter()
        self.whole: Counter[str] = Counter()
        self.received = 0
        self.requests = 0
        self.cuts = 0
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.port}"

    def fate(self) -> str:
        """What is to become of the next request; "" for nothing bad."""
        with self._lock:
            self.requests += 1
            if self._random.random() >= self.trouble:
                return ""
            self.cuts += 1
            return self._random.choice(TROUBLES)

    def delay(self) -> None:
        if self.trouble:
            with self._lock:
                seconds = self._random.uniform(0, LONGEST_DELAY)
            time.sleep(seconds)

    def note_sent(self, digest: str, count: int, *, is_end: bool) -> None:
        with self._lock:
            self.sent[digest] += count
            self.whole[digest] += is_end

    def note_received(self, count: int) -> None:
        with self._lock:
            self.received += count


class _Cut(Exception):
    pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that is gone, as a killed one is, is nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: FlakyProxy

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        self.owner.delay()
        fate = self.owner.fate()
        try:
            self._pass_on(fate)
        except (_Cut, OSError, HTTPException):
            self.close_connection = True
            # As a cut cable does: without a proper end.
            self.connection.close()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def _pass_on(self, fate: str) -> None:
        if fate == "before":
            raise _Cut
        if fate == "busy":
            self._refuse()
            return
        upstream = HTTPConnection(self.owner.upstream, timeout=60)
        try:
            self._send_request(upstream, cut=fate == "request")
            answer = upstream.getresponse()
            if fate == "lost":
                answer.read()
                raise _Cut
            self._send_answer(answer, cut=fate == "answer")
        finally:
            upstream.close()

    def _refuse(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(503)
        self.send_header("Retry-After", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send_request(self, upstream: HTTPConnection, *, cut: bool) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP:
                upstream.putheader(name, value)
        if length or self.command in ("POST", "PUT", "PATCH"):
            upstream.putheader("Content-Length", str(length))
        upstream.endheaders()
        end = length // 2 if cut else length
        while end and (piece := self.rfile.read(min(PIECE, end))):
            upstream.send(piece)
            self.owner.note_received(len(piece))
            end -= len(piece)
        if cut:
            raise _Cut

    def _send_answer(self, answer: HTTPResponse, *, cut: bool) -> None:
        blob = BLOB.fullmatch(self.path) if self.command == "GET" and answer.status in (200, 206) else None
        body_length = answer.length if self.command != "HEAD" else 0
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP or (name.lower() == "content-length" and self.command == "HEAD"):
                self.send_header(name, value)
        content = b""
        if self.command != "HEAD":
            if body_length is None:  # it came in chunks
                content = answer.read()
                body_length = len(content)
            self.send_header("Content-Length", str(body_length))
        self.end_headers()
        self._send_body(answer, content, body_length or 0, blob, cut=cut)

    def _send_body(
        self, answer: HTTPResponse, content: bytes, length: int, blob: re.Match[str] | None, *, cut: bool
    ) -> None:
        end = length // 2 if cut else length
        sent = 0
        while sent < end:
            piece = content[sent : sent + PIECE] if content else answer.read(min(PIECE, end - sent))
            piece = piece[: end - sent]
            if not piece:
                raise _Cut
            self.wfile.write(piece)
            sent += len(piece)
            if blob:
                self.owner.note_sent(blob[1], len(piece), is_end=sent == length)
        if cut:
            raise _Cut
