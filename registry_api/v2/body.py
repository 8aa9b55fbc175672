"""Request bodies as streams.

Under WSGI Django hides a body that comes chunked (it trusts Content-Length alone), and docker sends its layers chunked.
So the registry reads the server's own stream.
"""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request

from registry_api.oci.errors import ManifestInvalid, ManifestTooLarge, SizeInvalid
from registry_api.storage.contract import BadBody, ShortBody, Source

PIECE = 1 << 16


def content_length(request: Request) -> int | None:
    """The promised number of bytes; None for a chunked body. Raises SizeInvalid."""
    if is_chunked(request):
        return None
    text = request.META.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise SizeInvalid("Content-Length is not a number of bytes")
    return int(text)


def is_chunked(request: Request) -> bool:
    return "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()


def body_source(request: Request) -> Source:
    """The body as it arrives: straight from the socket under our own worker, through ``wsgi.input`` under others."""
    source = request.META.get("portolan.source")
    return source if source is not None else WsgiSource(request.META["wsgi.input"], content_length(request))


class WsgiSource:
    """``wsgi.input`` of any WSGI server; for a chunked body the server must end it (``wsgi.input_terminated``)."""

    def __init__(self, stream: Any, length: int | None) -> None:
        self._stream = stream
        self._left = length

    def readinto(self, view: memoryview) -> int:
        wanted = len(view) if self._left is None else min(len(view), self._left)
        piece = self._stream.read(wanted) if wanted else b""
        if not piece and self._left:
            raise ShortBody("the client closed the connection in the middle of the body")
        if self._left is not None:
            self._left -= len(piece)
        view[: len(piece)] = piece
        return len(piece)


def read_small(request: Request, limit: int) -> bytes:
    """The whole body, at most ``limit`` bytes. Raises ManifestTooLarge, unread where the length is announced, and
    ManifestInvalid where it breaks off or is framed wrongly."""
    length = content_length(request)
    if length is not None and length > limit:
        raise ManifestTooLarge(f"a manifest may have at most {limit} bytes")
    try:
        return _read_all(body_source(request), length, limit)
    except ShortBody as error:
        raise ManifestInvalid("the body broke off") from error
    except BadBody as error:
        raise ManifestInvalid("the body is framed wrongly") from error


def _read_all(source: Source, length: int | None, limit: int) -> bytes:
    content = bytearray()
    view = memoryview(bytearray(PIECE if length is None else max(1, length)))
    while len(content) != length and (taken := source.readinto(view)):
        # One buffer: a list of pieces would let a client that sends byte by byte fill the memory.
        content += view[:taken]
        if len(content) > limit:
            raise ManifestTooLarge(f"a manifest may have at most {limit} bytes")
    return bytes(content)
