"""A part of a file, piece by piece."""

from __future__ import annotations

import os

from registry_api.storage.contract import StoreUnavailable
from registry_api.storage.disk_errors import disk_errors
from registry_api.storage.transfer import BUFFER_SIZE


class FilePieces:
    """Iterates over the bytes ``start`` up to ``end`` of an open file and closes it: at the end, or when dropped.

    An object rather than a generator, because a generator that never ran does not close anything.
    """

    def __init__(self, descriptor: int, start: int, end: int) -> None:
        self._descriptor = descriptor
        self._position = start
        self._end = end

    def __iter__(self) -> FilePieces:
        return self

    def __next__(self) -> bytes:
        wanted = min(BUFFER_SIZE, self._end - self._position)
        if wanted <= 0 or self._descriptor < 0:
            self.close()
            raise StopIteration
        with disk_errors():
            piece = os.pread(self._descriptor, wanted, self._position)
        if not piece:
            raise StoreUnavailable("a file became shorter while it was read")
        self._position += len(piece)
        return piece

    def close(self) -> None:
        """Close the file; nothing more will come."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    __del__ = close
