"""A first look at request heads, on the poller.

Nothing here decides what a request means. `outline` only guesses which threads a request needs and how much of its body
to wait for; `plain_request` recognises the few heads that cannot be understood in more than one way. Everything else,
and everything odd, is left to gunicorn's parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

END = b"\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"
# gunicorn refuses these at once, without waiting for an end of the head that would never come.
BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")

_FRAMING = re.compile(rb"\r\n(content-length|transfer-encoding|expect)[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE)
_PASSWORD = re.compile(rb"\r\nauthorization[ \t]*:[ \t]*basic", re.IGNORECASE)

REGISTRY = b"/v2/"


@dataclass(frozen=True, slots=True)
class Outline:
    """``body`` is the number of body bytes to expect, None when it is chunked.

    ``waits`` is set for a client that sends its body only when told to, ``password`` for one that may cost the hashing
    of a password.
    """

    method: bytes
    target: bytes
    body: int | None
    waits: bool
    password: bool = False

    @property
    def is_registry(self) -> bool:
        return self.target.startswith(REGISTRY)

    @property
    def is_blob(self) -> bool:
        return b"/blobs/" in self.target

    @property
    def writes_blob(self) -> bool:
        """Storage is asked, which may take its time, however small the body is."""
        return self.is_blob and self.method not in (b"GET", b"HEAD")


def outline(head: bytes) -> Outline:
    """What a head seems to say. Where it contradicts itself nothing is waited for: it will be refused anyway."""
    method, _, rest = head.partition(b"\r\n")[0].partition(b" ")
    target = rest.partition(b" ")[0]
    fields = [(name.lower(), value.strip()) for name, value in _FRAMING.findall(head)]
    lengths = [value for name, value in fields if name == b"content-length"]
    chunked = any(name == b"transfer-encoding" for name, _value in fields)
    waits = any(name == b"expect" for name, _value in fields)
    password = _PASSWORD.search(head) is not None
    if chunked and not lengths:
        return Outline(method, target, None, waits, password)
    if len(lengths) == 1 and not chunked and lengths[0].isdigit() and len(lengths[0]) < 19:
        return Outline(method, target, int(lengths[0]), waits, password)
    return Outline(method, target, 0, waits, password)


class PlainRequest(NamedTuple):
    """A GET or HEAD without a body, without conditions and with one Authorization header."""

    is_head: bool
    path: bytes
    authorization: bytes
    request_id: bytes
    """The X-Request-Id that a proxy gave, or b"" for none."""


_PRINTABLE = bytes(range(0x20, 0x7F))
# Bytes and lines; longer heads are rare, and not worth remembering.
_LONGEST = 16 << 10
_MOST_LINES = 40
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")

# Headers that do not change the answer to a GET of the registry. A head with any other is not plain.
_INDIFFERENT = frozenset(
    (
        *(b"user-agent", b"accept", b"accept-encoding", b"accept-language", b"cache-control", b"pragma"),
        *(b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"x-real-ip"),
        *(b"forwarded", b"via", b"traceparent", b"tracestate"),
    )
)


@lru_cache(maxsize=2048)
def _read_plain(head: bytes) -> PlainRequest | None:
    lines = head.split(b"\r\n")
    # What is left without the printable characters must be the line ends alone: no control characters, no bare CR or
    # LF, nothing beyond ASCII.
    if head.translate(None, _PRINTABLE) != b"\r\n" * (len(lines) - 1):
        return None
    first = lines[0].split(b" ")
    if len(lines) > _MOST_LINES or len(first) != 3 or first[0] not in (b"GET", b"HEAD") or first[2] != b"HTTP/1.1":
        return None
    if not first[1].startswith(b"/"):
        return None
    once: dict[bytes, bytes] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        name = name.lower()
        if not colon or name in once:
            return None
        if name in (b"host", b"authorization", b"connection", b"x-request-id"):
            once[name] = value.strip(b" ")
        elif name not in _INDIFFERENT:
            return None
    if once.get(b"connection", b"keep-alive").lower() != b"keep-alive":
        return None
    request_id = once.get(b"x-request-id", b"")
    if not once.get(b"host") or b"authorization" not in once or (request_id and not _REQUEST_ID.fullmatch(request_id)):
        return None
    return PlainRequest(first[0] == b"HEAD", first[1], once[b"authorization"], request_id)


def plain_request(head: bytes) -> PlainRequest | None:
    """The request that a head (without the empty line at its end) stands for, if it is a plain one.

    Clients repeat themselves to the letter, so what a head says is remembered.
    """
    return _read_plain(head) if len(head) <= _LONGEST else None
