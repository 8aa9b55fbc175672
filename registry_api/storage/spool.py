"""Bytes that wait to be sent to the object store.

They wait in a temporary file and not in memory: parts are large, clients many and some of them slow, and a process must
stay small however they come together. A file can also be sent again when a connection breaks.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, cast

from registry_api.storage.disk_errors import disk_errors

IN_MEMORY = 256 << 10  # bytes; configs and the like never touch the disk


class Spool:
    """A nameless temporary file that is written once and then read, and goes when it is closed or forgotten."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by close()
        self.size = 0

    @disk_errors()
    def write(self, data: memoryview | bytes) -> None:
        """Add ``data``. Raises StoreFull when the temporary folder has no room."""
        self._file.write(data)
        self.size += len(data)

    @disk_errors()
    def body(self) -> IO[bytes]:
        """The bytes from the front, as a file that can seek."""
        self._file.seek(0)
        return cast(IO[bytes], self._file)

    def pieces(self, size: int) -> Iterator[bytes]:
        """The bytes from the front, at most ``size`` at a time."""
        body = self.body()
        while piece := body.read(size):
            yield piece

    def close(self) -> None:
        """Give the room back."""
        self._file.close()

    __del__ = close
