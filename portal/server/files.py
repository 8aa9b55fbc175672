"""Part of a file on its way to a client, sent by the kernel without passing through Python."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

LARGEST_STEP = 16 << 20  # bytes asked of the kernel at once
PIECE = 1 << 20  # bytes read at once where the file has to pass through Python after all


class FileSlice:
    """``count`` bytes of a file from ``offset`` on; what is left to send is counted here.

    Also a WSGI iterable, so that a middleware that knows nothing of it still gets the bytes.
    """

    def __init__(self, path: str, offset: int, count: int) -> None:
        """Raises OSError when the file cannot be opened or does not have these bytes."""
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.offset = offset
        self.left = count
        size = os.fstat(self._descriptor).st_size
        if offset + count > size:
            self.close()
            raise OSError(f"{path} has {size} bytes, {offset + count} are wanted")

    @classmethod
    def of_open_file(cls, file: Any, count: int) -> FileSlice | None:
        """The next ``count`` bytes of an open file; None when it is not a plain file or does not have them."""
        try:
            descriptor, offset = os.dup(file.fileno()), file.tell()
        except (AttributeError, OSError, ValueError):
            return None
        taken = cls.__new__(cls)
        taken._descriptor, taken.offset, taken.left = descriptor, offset, count
        if offset + count > os.fstat(descriptor).st_size:
            taken.close()
            return None
        return taken

    def send(self, socket_descriptor: int) -> int:
        """As many bytes as the socket takes at once. Raises BlockingIOError when it takes none, EOFError when the file
        has become shorter."""
        sent = os.sendfile(socket_descriptor, self._descriptor, self.offset, min(self.left, LARGEST_STEP))
        if not sent:
            raise EOFError("the file became shorter while it was sent")
        self.offset += sent
        self.left -= sent
        return sent

    def __iter__(self) -> Iterator[bytes]:
        while self.left:
            piece = os.pread(self._descriptor, min(self.left, PIECE), self.offset)
            if not piece:
                raise EOFError("the file became shorter while it was sent")
            self.offset += len(piece)
            self.left -= len(piece)
            yield piece

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
