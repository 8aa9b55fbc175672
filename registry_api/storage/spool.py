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
AT_ONCE = 64 << 10  # bytes


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

    def body(self) -> SpoolBody:
        """The bytes from the front."""
        self._file.seek(0)
        return SpoolBody(cast(IO[bytes], self._file))

    def pieces(self) -> Iterator[bytes]:
        """The bytes from the front, piece by piece."""
        body = self.body()
        while piece := body.read(AT_ONCE):
            yield piece

    def close(self) -> None:
        """Give the room back."""
        self._file.close()

    __del__ = close


class SpoolBody:
    """A spool as the body of a request: a file that reads a little at a time, however much is asked for.

    boto3 reads every body several times over, for signatures and checksums, and asks for 1 MiB each time; with many
    threads that leaves the process with much memory that is free and yet not given back.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes, and at most 64 KiB unless everything is asked for (-1); none at the end."""
        with disk_errors():
            return self._file.read(min(size, AT_ONCE))
