"""The bytes of a blob, out of our store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from registry_api.remotes.contract import Readable
from registry_api.remotes.errors import NotThere, Unreachable
from registry_api.storage.contract import NotStored, OutOfRange, StorageError


@contextmanager
def opened(pieces: Iterator[bytes], what: str) -> Iterator[Readable]:
    try:
        yield _Pieces(pieces, what)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


class _Pieces:
    """Bytes that come in pieces of their own size, read in pieces of the reader's."""

    def __init__(self, pieces: Iterator[bytes], what: str) -> None:
        self._pieces = pieces
        self._what = what
        self._rest = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        if not self._rest:
            self._rest = memoryview(self._next())
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)

    def _next(self) -> bytes:
        try:
            return next(self._pieces, b"")
        except (NotStored, OutOfRange) as error:
            raise NotThere(f"the registry has lost {self._what}") from error
        except (StorageError, OSError) as error:
            raise Unreachable(f"the store cannot give {self._what}") from error
