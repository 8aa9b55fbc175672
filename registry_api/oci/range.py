"""Byte ranges of pulls (RFC 9110 §14) and of chunks (OCI distribution-spec, "Pushing a blob in chunks")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from registry_api.oci.errors import BlobUploadInvalid, RangeInvalid, quoted

# Nineteen digits reach beyond any size, and keep int() away from numbers made to be slow.
BYTE_RANGE = re.compile(r"bytes=(?:([0-9]{1,19})-([0-9]{1,19})?|-([0-9]{1,19}))", re.ASCII | re.IGNORECASE)
CONTENT_RANGE = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes from ``start`` up to, not including, ``end``; never empty, and within the content it was made for."""

    start: int
    end: int


class RangeNotSatisfiable(RangeInvalid):
    """No byte of the content lies in the range; ``size`` is the content's (RFC 9110 §15.5.17)."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the content has {size} bytes", headers={"Content-Range": f"bytes */{size}"})
        self.size = size


def parse_byte_range(header: str, size: int) -> ByteRange | None:
    """The range that a ``Range`` header asks of ``size`` bytes, cut at their end; None means: send the whole.

    A server may ignore the header, and here it does for another unit, several ranges, malformed ones, and for empty
    content, of which no partial answer can be given. Raises RangeNotSatisfiable.
    """
    asked = BYTE_RANGE.fullmatch(header.strip(" \t"))
    if asked is None or size == 0:
        return None
    first, last, suffix = asked.groups()
    if suffix is not None:
        found = ByteRange(max(0, size - int(suffix)), size)
    else:
        found = ByteRange(int(first), size if last is None else min(size, int(last) + 1))
    if found.start >= found.end:
        raise RangeNotSatisfiable(size)
    return found


def parse_content_range(text: str) -> tuple[int, int]:
    """First and last byte of a chunk, both inclusive, from ``<first>-<last>``. Raises BlobUploadInvalid."""
    chunk = CONTENT_RANGE.fullmatch(text)
    if chunk is None or int(chunk[2]) < int(chunk[1]):
        raise BlobUploadInvalid(f"Content-Range {quoted(text)} is not of the form <first>-<last>")
    return int(chunk[1]), int(chunk[2])
