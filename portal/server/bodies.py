"""Request bodies, read from the socket straight into the reader's buffer.

These are the storage contract's sources. The decoding of chunks is as strict as gunicorn's own (RFC 9112 §7.1, and the
same checks of extensions and trailers): a body that one of the two refuses must never be taken by the other.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

from gunicorn.http.body import CHUNK_EXT_RE, ChunkedReader

from registry_api.storage.contract import BadBody, ShortBody

LONGEST_SIZE_LINE = 1024  # bytes, with extensions
LONGEST_TRAILER = 8 << 10
HEX_DIGITS = re.compile(rb"[0-9A-Fa-f]{1,16}")
# Read at once where the reader's own buffer is too small to hold the framing of a chunk.
ASIDE = 4096
# The rest of an unread body that is worth reading over, so that the connection can be used again.
MOST_DISCARDED = 64 << 10

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Wire(Protocol):
    """Where a body comes from: the connection, which knows how long a client may take."""

    def receive_into(self, view: memoryview) -> int:
        """At least one byte; 0 when the client has closed, or has been given up. Raises OSError."""
        ...

    def receive_ready(self, view: memoryview) -> int:
        """What has arrived already; 0 when the client has closed. Raises BlockingIOError when there is nothing yet."""
        ...

    def send_all(self, data: bytes) -> None: ...


class Body(ABC):
    """What both kinds of bodies share. ``early`` is what was received together with the head."""

    def __init__(self, wire: Wire, early: bytes, *, expects_continue: bool = False) -> None:
        self._wire = wire
        self._early = memoryview(early)
        self._expects_continue = expects_continue
        self._receive = wire.receive_into
        self.failed = False

    @property
    @abstractmethod
    def finished(self) -> bool:
        """Whether the body was read to its end, so that the next request begins where this one ended."""

    @property
    def leftover(self) -> bytes:
        """What was received beyond the end of a finished body: the beginning of the next request."""
        return bytes(self._early)

    def readinto(self, view: memoryview) -> int:
        """See `registry_api.storage.contract.Source`."""
        try:
            return self._read(view)
        except (BadBody, ShortBody):
            self.failed = True
            raise
        except OSError as error:
            self.failed = True
            raise ShortBody(f"the connection broke: {error.strerror or error}") from error

    @abstractmethod
    def _read(self, view: memoryview) -> int: ...

    def _more(self, view: memoryview) -> int:
        """Bytes from the socket; the client that asked for it is told to begin first."""
        if self._expects_continue:
            self._expects_continue = False
            self._wire.send_all(CONTINUE)
        received = self._receive(view)
        if not received:
            raise ShortBody("the client went away or stalled before the end of its body")
        return received

    def finish_ready(self) -> bool:
        """Read over what has arrived of an unread body, without waiting; returns whether that was the rest of it.

        A client that was told to wait for our word has either not sent its body or will: nobody can tell.
        """
        if self.failed or self.finished:
            return not self.failed
        if self._expects_continue:
            return False
        self._receive = self._wire.receive_ready
        view = memoryview(bytearray(ASIDE))
        discarded = 0
        try:
            while not self.finished and discarded < MOST_DISCARDED:
                discarded += self._read(view)
        except (BadBody, ShortBody, OSError):
            return False
        return self.finished


class LengthBody(Body):
    """A body of a known number of bytes; not a byte more is received."""

    def __init__(self, wire: Wire, early: bytes, length: int, *, expects_continue: bool = False) -> None:
        super().__init__(wire, early, expects_continue=expects_continue and len(early) == 0)
        self._left = length

    @property
    def finished(self) -> bool:
        return self._left == 0

    def _read(self, view: memoryview) -> int:
        wanted = min(len(view), self._left)
        if not wanted:
            return 0
        if self._early:
            taken = min(wanted, len(self._early))
            view[:taken] = self._early[:taken]
            self._early = self._early[taken:]
        else:
            taken = self._more(view[:wanted])
        self._left -= taken
        return taken


# What a chunked body expects next.
_SIZE, _DATA, _DATA_END, _TRAILER, _END = range(5)


class ChunkedBody(Body):
    """A body in chunks. Data is moved to the front of the reader's buffer, so that it gets one large piece.

    ``check_trailer`` is given the trailer section, without the empty line at its end, and raises what it dislikes.
    """

    def __init__(
        self, wire: Wire, early: bytes, check_trailer: Callable[[bytes], Any], *, expects_continue: bool = False
    ) -> None:
        super().__init__(wire, early, expects_continue=expects_continue and len(early) == 0)
        self._check_trailer = check_trailer
        self._expected = _SIZE
        self._chunk_left = 0

    @property
    def finished(self) -> bool:
        return self._expected == _END

    def _read(self, view: memoryview) -> int:
        while self._expected != _END:
            taken = self._read_early(view) or self._read_socket(view)
            if taken:
                return taken
        return 0

    def _read_early(self, view: memoryview) -> int:
        """Decode what was received before; returns the bytes of data put into the view."""
        consumed, produced = self._decode(self._early, view)
        self._early = self._early[consumed:]
        return produced

    def _read_socket(self, view: memoryview) -> int:
        """Receive once, behind the piece of framing that the last receiving cut, if any."""
        if self._expected == _END:
            return 0
        framing = len(self._early)
        if self._expected == _DATA and not framing and self._chunk_left >= len(view):
            received = self._more(view)
            self._take_data(received)
            return received
        if len(view) - framing < ASIDE:
            aside = memoryview(bytearray(ASIDE))
            received = self._more(aside)
            self._early = memoryview(bytes(self._early) + bytes(aside[:received]))
            return self._read_early(view)
        view[:framing] = self._early
        filled = framing + self._more(view[framing:])
        consumed, produced = self._decode(view[:filled], view)
        self._early = memoryview(bytes(view[consumed:filled]))
        return produced

    def _decode(self, raw: memoryview, out: memoryview) -> tuple[int, int]:
        """Decode from ``raw`` to ``out``, which may be the same memory. Returns (bytes consumed, bytes of data)."""
        position = produced = 0
        while self._expected != _END:
            if self._expected == _DATA:
                step = min(self._chunk_left, len(raw) - position, len(out) - produced)
                if not step:
                    break
                if out.obj is not raw.obj or produced != position:
                    out[produced : produced + step] = raw[position : position + step]
                self._take_data(step)
                position += step
                produced += step
            else:
                step = self._decode_framing(raw[position : position + LONGEST_TRAILER + 4])
                if not step:
                    break
                position += step
        return position, produced

    def _take_data(self, count: int) -> None:
        self._chunk_left -= count
        if not self._chunk_left:
            self._expected = _DATA_END

    def _decode_framing(self, raw: memoryview) -> int:
        """Take the next piece of framing; returns its length, 0 while it is incomplete."""
        if self._expected == _DATA_END:
            return self._decode_data_end(raw)
        return self._decode_size(raw) if self._expected == _SIZE else self._decode_trailer(raw)

    def _decode_data_end(self, raw: memoryview) -> int:
        if raw[:2] != b"\r\n"[: len(raw)]:
            raise BadBody("a chunk is longer than its size says")
        if len(raw) < 2:
            return 0
        self._expected = _SIZE
        return 2

    def _decode_size(self, raw: memoryview) -> int:
        line, end, _ = bytes(raw[:64]).partition(b"\r\n")
        if not end:
            line, end, _ = bytes(raw[:LONGEST_SIZE_LINE]).partition(b"\r\n")
        if not end:
            if len(raw) >= LONGEST_SIZE_LINE:
                raise BadBody("the line with the size of a chunk is too long")
            return 0
        self._chunk_left = chunk_size(line)
        self._expected = _DATA if self._chunk_left else _TRAILER
        return len(line) + 2

    def _decode_trailer(self, raw: memoryview) -> int:
        if raw[:2] == b"\r\n":
            self._expected = _END
            return 2
        section, end, _ = bytes(raw).partition(b"\r\n\r\n")
        if not end:
            if len(raw) > LONGEST_TRAILER:
                raise BadBody("the trailer section is too long")
            return 0
        try:
            self._check_trailer(section)
        except Exception as error:
            raise BadBody(f"the trailer section is malformed: {error}") from error
        self._expected = _END
        return len(section) + 4


def chunk_size(line: bytes) -> int:
    """The size in a chunk's first line, without its CRLF. Raises BadBody."""
    size, semicolon, extension = line.partition(b";")
    if semicolon:
        # RFC 9112 §7.1.1 forgives white space there, and only before an extension.
        size = size.rstrip(b" \t")
        if not CHUNK_EXT_RE.fullmatch(b";" + extension):
            raise BadBody("a chunk has a malformed extension")
    if not HEX_DIGITS.fullmatch(size):
        raise BadBody("a chunk has a malformed size")
    return int(size, 16)


class BodyReader:
    """The reader below gunicorn's ``wsgi.input``, so that a body is decoded by the same code whoever reads it."""

    def __init__(self, body: Body) -> None:
        self._body = body

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes; b"" at the end. Raises OSError, as readers of ``wsgi.input`` expect."""
        view = memoryview(bytearray(min(size, 1 << 20)))
        if not view:
            return b""
        try:
            return bytes(view[: self._body.readinto(view)])
        except (BadBody, ShortBody) as error:
            raise UnreadableBody(str(error)) from error


class UnreadableBody(OSError):
    """The body ended early or is malformed."""


def body_of(request: Any, wire: Wire, early: bytes) -> Body:
    """The body of a request that gunicorn has parsed; also puts it below the request's own ``body``."""
    reader, expects = request.body.reader, request._expected_100_continue
    # Ours is sent when the body is first asked for; gunicorn would send its own before the application runs.
    request._expected_100_continue = False
    body: Body
    if isinstance(reader, ChunkedReader):

        def check_trailer(section: bytes) -> None:
            request.parse_headers(section, from_trailer=True)

        body = ChunkedBody(wire, early, check_trailer, expects_continue=expects)
    else:
        body = LengthBody(wire, early, reader.length, expects_continue=expects)
    request.body.reader = BodyReader(body)
    return body
