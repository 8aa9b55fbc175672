"""A first look at request heads, on the poller.

`outline` decides nothing: it guesses which threads a request needs and how much of its body to wait for. `plain_head`
reads the heads that cannot be understood in more than one way: of well-formed requests without a body. Everything else,
and everything odd, is left to gunicorn's parser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NamedTuple

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
    """What the fast path looks at in a plain head."""

    is_head: bool
    path: bytes
    authorization: bytes
    request_id: bytes
    """The X-Request-Id that a proxy gave, or b"" for none."""


@dataclass(frozen=True, slots=True)
class PlainHead:
    """A GET or HEAD without a body, in place of gunicorn's request. ``headers`` by the names that WSGI gives them.

    ``question`` is None when one of the headers may change the answer, or nobody says who asks.
    """

    method: str
    uri: str
    headers: Mapping[str, str]
    question: PlainRequest | None

    version: ClassVar[tuple[int, int]] = (1, 1)

    def should_close(self) -> bool:
        """Who wants that is not plain."""
        return False


_PRINTABLE = bytes(range(0x20, 0x7F))
# Bytes and lines; longer heads are rare, and not worth remembering.
_LONGEST = 8 << 10
_MOST_LINES = 40
_LONGEST_LINE = 4 << 10  # the first one; gunicorn refuses it when it is very long
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
# One slash: what two mean is told differently by different readers of addresses.
_REQUEST_LINE = re.compile(rb"(GET|HEAD) (/(?!/)[^ #]*) HTTP/1\.1")
# Without the underscore, which WSGI could not tell from the hyphen.
_NAME = re.compile(rb"[A-Za-z0-9!#$%&'*+.^`|~-]+")

# Headers that say something about a body, or about the connection, or are not what WSGI calls HTTP_….
_NOT_PLAIN = frozenset(
    (
        *(b"content-length", b"content-type", b"transfer-encoding", b"trailer", b"te", b"expect"),
        *(b"upgrade", b"http2-settings", b"keep-alive", b"proxy-connection"),
    )
)
# Headers that may come in several lines, and do not change the answer to a GET of the registry.
_REPEATABLE = frozenset(
    (
        *(b"user-agent", b"accept", b"accept-encoding", b"accept-language", b"cache-control", b"pragma"),
        *(b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"x-real-ip"),
        *(b"forwarded", b"via", b"traceparent", b"tracestate"),
    )
)
_INDIFFERENT = _REPEATABLE | {b"host", b"connection", b"authorization", b"x-request-id"}


def plain_head(head: bytes) -> PlainHead | None:
    """What a head (without the empty line at its end) says, if it is a plain one.

    Clients repeat themselves to the letter, so it is remembered.
    """
    return _read_plain(head) if len(head) <= _LONGEST else None


@lru_cache(maxsize=2048)
def _read_plain(head: bytes) -> PlainHead | None:
    lines = head.split(b"\r\n")
    # What is left without the printable characters must be the line ends alone: no control characters, no bare CR or
    # LF, nothing beyond ASCII.
    if len(lines) > _MOST_LINES or head.translate(None, _PRINTABLE) != b"\r\n" * (len(lines) - 1):
        return None
    first = _REQUEST_LINE.fullmatch(lines[0])
    if first is None or len(lines[0]) > _LONGEST_LINE:
        return None
    fields: dict[bytes, bytes] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        name = name.lower()
        value = value.strip(b" ")
        if not colon or name in _NOT_PLAIN or not _NAME.fullmatch(name):
            return None
        if name in fields:
            if name not in _REPEATABLE:
                return None
            value = fields[name] + b"," + value
        fields[name] = value
    if not fields.get(b"host") or fields.get(b"connection", b"keep-alive").lower() != b"keep-alive":
        return None
    headers = {_wsgi_name(name): value.decode("ascii") for name, value in fields.items()}
    method, target = first.groups()
    return PlainHead(method.decode("ascii"), target.decode("ascii"), headers, _question(method, target, fields))


def _wsgi_name(name: bytes) -> str:
    return "HTTP_" + name.decode("ascii").upper().replace("-", "_")


def _question(method: bytes, target: bytes, fields: Mapping[bytes, bytes]) -> PlainRequest | None:
    if not (fields.keys() <= _INDIFFERENT and b"authorization" in fields):
        return None
    request_id = fields.get(b"x-request-id", b"")
    if request_id and not _REQUEST_ID.fullmatch(request_id):
        return None
    return PlainRequest(method == b"HEAD", target, fields[b"authorization"], request_id)
