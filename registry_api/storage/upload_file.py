"""The file an upload grows in."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from types import TracebackType

from registry_api.storage import linux
from registry_api.storage.contract import UploadBusy, UploadLost
from registry_api.storage.disk_errors import disk_errors

WRITEBACK_EVERY = 16 << 20  # bytes
# Blocks are reserved this far ahead and no further: a client may announce more than it will ever send.
RESERVE_AHEAD = 128 << 20  # bytes
RESERVE_FROM = 8 << 20  # bytes; smaller bodies gain nothing


class UploadFile:
    """An open upload of ``offset`` bytes, locked against others, to write behind them.

    What the file holds beyond ``offset`` was never acknowledged and is cut off on opening. Raises UploadLost when the
    file holds less, and UploadBusy while another request has it open.
    """

    def __init__(self, path: str, offset: int) -> None:
        # A file that should hold bytes and is missing must not come back empty.
        create = os.O_CREAT if offset == 0 else 0
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | create, 0o644)
        except FileNotFoundError as error:
            if offset == 0:
                raise  # the folder itself is missing
            raise UploadLost("the upload's file is gone") from error
        try:
            self._lock(path)
            self._fit(offset)
        except BaseException:
            os.close(self._descriptor)
            raise
        self._written = self._flushing = self._reserved = offset
        self._end: int | None = None

    def __enter__(self) -> UploadFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def expect(self, length: int | None) -> None:
        """Say how many bytes will follow, when that is known, so that the file system can lay them out well."""
        if length is not None and length >= RESERVE_FROM:
            self._end = self._written + length

    @disk_errors()
    def write(self, data: memoryview) -> None:
        """Write behind what is there. Raises StoreFull or StoreUnavailable."""
        self._reserve(len(data))
        while data:
            done = os.pwrite(self._descriptor, data, self._written)
            self._written += done
            data = data[done:]
        if self._written - self._flushing >= WRITEBACK_EVERY:
            linux.start_writeback(self._descriptor, self._flushing, self._written - self._flushing)
            self._flushing = self._written

    @disk_errors()
    def sync(self) -> None:
        """Make what was written durable. Raises StoreFull or StoreUnavailable, when nothing written may be relied on:
        a second fsync would succeed without having written what the first one lost."""
        if self._reserved > self._written:
            os.ftruncate(self._descriptor, self._written)
        os.fsync(self._descriptor)

    def drop(self, offset: int) -> None:
        """Take back what was written behind ``offset``, as far as the disk still lets us."""
        with suppress(OSError):
            os.ftruncate(self._descriptor, offset)

    def _reserve(self, length: int) -> None:
        if self._end is None or self._written + length <= self._reserved:
            return
        ahead = min(self._end, self._written + RESERVE_AHEAD)
        linux.reserve(self._descriptor, self._written, ahead - self._written)
        self._reserved = ahead

    def _lock(self, path: str) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UploadBusy("another request is writing to this upload") from error
        # Between opening and locking, the request that held the lock may have made this very file a blob.
        try:
            still_there = os.path.samestat(os.fstat(self._descriptor), os.stat(path))
        except FileNotFoundError:
            still_there = False
        if not still_there:
            raise UploadLost("the upload has ended meanwhile")

    def _fit(self, offset: int) -> None:
        size = os.fstat(self._descriptor).st_size
        if size < offset:
            raise UploadLost("the upload's file is shorter than what was taken")
        if size > offset:
            os.ftruncate(self._descriptor, offset)
