"""Finding one small file in a tar archive that anybody may have made: read once from front to end, within limits.

Not by Python's tarfile, which keeps what it reads, follows extended headers into themselves and searches them by
expressions that can be made to take for ever. What is looked for here has a short plain name, which stands in the
header itself (POSIX ustar); entries of other kinds are passed over.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator

from accounts.errors import DomainError, NotFound

LARGEST_FILE = 4 << 20  # bytes, as Harbor has it
LARGEST_ARCHIVE = 32 << 20  # bytes, packed and unpacked; a chart has some hundred kilobytes
MOST_ENTRIES = 10_000
BLOCK = 512  # bytes
PIECE = 64 << 10  # bytes
PLAIN_FILES = (b"0", b"\0", b"7")
GZIP = 31  # zlib's word for one gzip member and nothing else


class TooLarge(DomainError):
    status = 413
    code = "REQUEST_ENTITY_TOO_LARGE"


def file_in(archive: Iterable[bytes], wanted: Callable[[str], bool]) -> bytes | None:
    """The first plain file whose name ``wanted`` says yes to; None when there is none.

    ``archive`` comes in pieces of any size. Raises TooLarge, and NotFound for what is no archive.
    """
    stream = _Stream(archive)
    for _ in range(MOST_ENTRIES):
        header = stream.read(BLOCK)
        if not any(header):
            return None
        _require_sum(header)
        size = _octal(header[124:136])
        if header[156:157] in PLAIN_FILES and wanted(_name(header)):
            content = stream.read(_allowed(size))
            if len(content) < size:
                raise NotFound("the archive breaks off")
            return content
        stream.skip(size + -size % BLOCK)
    raise TooLarge(f"the archive has more than {MOST_ENTRIES} entries")


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What a gzip stream holds, in pieces that are small however well it is packed. Raises NotFound."""
    inflate = zlib.decompressobj(GZIP)
    for piece in pieces:
        rest = piece
        while not inflate.eof:
            try:
                plain = inflate.decompress(rest, PIECE)
            except zlib.error as error:
                raise NotFound(f"the archive cannot be unpacked: {error}") from error
            rest = inflate.unconsumed_tail
            if plain:
                yield plain
            if not rest and len(plain) < PIECE:
                break


def whole(pieces: Iterable[bytes]) -> bytes:
    """All of a file that stands by itself. Raises TooLarge."""
    content = bytearray()
    for piece in pieces:
        content += piece
        _allowed(len(content))
    return bytes(content)


class _Stream:
    """Pieces, read as a file."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._held = bytearray()
        self._taken = 0

    def read(self, size: int) -> bytes:
        """Less than that at the end. Raises TooLarge."""
        while len(self._held) < size and (piece := self._next()) is not None:
            self._held += piece
        found = bytes(self._held[:size])
        del self._held[:size]
        return found

    def skip(self, size: int) -> None:
        while size > len(self._held):
            size -= len(self._held)
            self._held = bytearray(self._next() or b"")
            if not self._held:
                return
        del self._held[:size]

    def _next(self) -> bytes | None:
        piece = next(self._pieces, None)
        self._taken += len(piece or b"")
        if self._taken > LARGEST_ARCHIVE:
            raise TooLarge(f"the archive has more than {LARGEST_ARCHIVE} bytes")
        return piece


def _allowed(size: int) -> int:
    if size > LARGEST_FILE:
        raise TooLarge(f"the file has more than {LARGEST_FILE} bytes")
    return size


def _require_sum(header: bytes) -> None:
    if sum(header[:148]) + sum(header[156:]) + 8 * ord(" ") != _octal(header[148:156]):
        raise NotFound("this is no tar archive")


def _octal(field: bytes) -> int:
    digits = field.strip(b" \0") or b"0"
    if not digits.isdigit() or b"8" in digits or b"9" in digits:
        raise NotFound("the archive has an entry whose size cannot be read")
    return int(digits, 8)


def _name(header: bytes) -> str:
    name, prefix = (header[start:end].partition(b"\0")[0] for start, end in ((0, 100), (345, 500)))
    # GNU's own headers, which end this word differently, have something else in the place of the prefix.
    is_posix = header[257:263] == b"ustar\0"
    return (prefix + b"/" + name if prefix and is_posix else name).decode(errors="replace")
