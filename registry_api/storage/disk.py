"""Blobs as files below one folder.

An upload grows in one file, synced at the end of every append, so that an acknowledged offset survives a power cut; a
commit renames it. Renaming over a blob that exists is harmless, as both hold the same bytes, and readers keep the old
file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from registry_api.oci.digest import Digest
from registry_api.storage import layout
from registry_api.storage.contract import (
    Interrupted,
    LocalFile,
    NotStored,
    OutOfRange,
    Source,
    State,
    StoredBlob,
    StoreUnavailable,
    TooLong,
    UploadLost,
)
from registry_api.storage.directories import Directories, sync_directory
from registry_api.storage.disk_errors import disk_errors
from registry_api.storage.disk_walk import walk_blobs
from registry_api.storage.file_pieces import FilePieces
from registry_api.storage.hashing import Hasher
from registry_api.storage.transfer import Ending, receive
from registry_api.storage.upload_file import UploadFile

ATTEMPTS = 5  # at a directory that a deletion keeps removing


class DiskStore:
    """A `Store` below the folder ``root``, which must lie on one file system. Safe for threads and processes."""

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)
        self._directories = Directories(self.root)

    def begin(self, upload_id: str) -> State:
        layout.upload_path(upload_id)
        return {"offset": 0}

    def append(
        self,
        upload_id: str,
        state: State,
        source: Source,
        hasher: Hasher,
        *,
        length: int | None = None,
        limit: int | None = None,
        expected: Digest | None = None,
    ) -> tuple[State, int]:
        offset: int = state["offset"]
        with self._open_upload(upload_id, offset) as file:
            file.expect(length)
            try:
                received = receive(source, file.write, hasher, length=length, limit=limit)
                if received.ending is Ending.OVER_LIMIT:
                    raise TooLong(state, 0)
                file.sync()
            except BaseException:
                # Room is given back at once: a full disk should not stay full of bytes that nobody will acknowledge.
                file.drop(offset)
                raise
        grown: State = {"offset": offset + received.taken}
        if received.ending is Ending.SHORT:
            raise Interrupted(grown, received.taken)
        return grown, received.taken

    def commit(self, upload_id: str, state: State, digest: Digest) -> None:
        offset: int = state["offset"]
        target = layout.blob_path(digest)
        try:
            with self._open_upload(upload_id, offset) as file:
                if offset == 0:
                    file.sync()
                self._rename(self._absolute(layout.upload_path(upload_id)), target)
        except UploadLost:
            # Committed before, and the one who did it died, or its database failed, before it could say so.
            if offset == 0 or self.size(digest) != offset:
                raise
            self._sync_blob_directories(target)

    def abort(self, upload_id: str, state: State) -> None:
        with disk_errors(), suppress(FileNotFoundError):
            os.unlink(self._absolute(layout.upload_path(upload_id)))

    def read_upload(self, upload_id: str, state: State) -> Iterator[bytes]:
        offset: int = state["offset"]
        path = self._absolute(layout.upload_path(upload_id))
        if offset == 0:
            return iter(())
        with disk_errors():
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError as error:
                raise UploadLost("the upload's file is gone") from error
        if os.fstat(descriptor).st_size < offset:
            os.close(descriptor)
            raise UploadLost("the upload's file is shorter than what was taken")
        return FilePieces(descriptor, 0, offset)

    def size(self, digest: Digest) -> int | None:
        with disk_errors():
            try:
                return os.stat(self._absolute(layout.blob_path(digest))).st_size
            except FileNotFoundError:
                return None

    def read(self, digest: Digest, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        with disk_errors():
            try:
                descriptor = os.open(self._absolute(layout.blob_path(digest)), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError as error:
                raise NotStored(str(digest)) from error
            size = os.fstat(descriptor).st_size
        if not 0 <= start <= size:
            os.close(descriptor)
            raise OutOfRange(f"{start} of {size} bytes")
        return FilePieces(descriptor, start, size if end is None else min(end, size))

    def answer(
        self, digest: Digest, *, media_type: str = "application/octet-stream", filename: str = "", method: str = "GET"
    ) -> LocalFile:
        size = self.size(digest)
        if size is None:
            raise NotStored(str(digest))
        return LocalFile(self._absolute(layout.blob_path(digest)), size)

    def delete(self, digests: Iterable[Digest]) -> set[Digest]:
        gone: set[Digest] = set()
        changed: set[str] = set()
        failure: OSError | None = None
        for digest in digests:
            path = self._absolute(layout.blob_path(digest))
            try:
                changed |= _remove_blob(path)
            except OSError as error:
                failure = error
            else:
                gone.add(digest)
        with disk_errors():
            if failure is not None and not gone:
                raise failure
            # Whoever asked forgets these digests: bytes that came back after a crash would never be found again.
            for directory in changed:
                with suppress(FileNotFoundError):
                    sync_directory(directory)
        return gone

    def walk(self) -> Iterator[StoredBlob]:
        return walk_blobs(self.root)

    def sweep_uploads(self, older_than: float, keep: Callable[[str], bool]) -> int:
        before = time.time() - older_than
        dropped = 0
        with disk_errors():
            for name, path in self._uploads_written_before(before):
                if not keep(name):
                    with suppress(FileNotFoundError):
                        os.unlink(path)
                        dropped += 1
        return dropped

    @disk_errors()
    def check(self) -> None:
        probe = f"{self._directories.ensure(layout.UPLOADS)}/.check-{os.getpid()}-{time.monotonic_ns()}"
        descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, b"portolan")
        finally:
            os.close(descriptor)
            os.unlink(probe)

    def _absolute(self, path: str) -> str:
        return f"{self.root}/{path}"

    @disk_errors()
    def _open_upload(self, upload_id: str, offset: int) -> UploadFile:
        path = self._absolute(layout.upload_path(upload_id))
        self._directories.ensure(layout.UPLOADS)
        try:
            return UploadFile(path, offset)
        except FileNotFoundError:
            self._directories.forget()
            self._directories.ensure(layout.UPLOADS)
            return UploadFile(path, offset)

    @disk_errors()
    def _rename(self, source: str, target: str) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._make_blob_directory(target)
                os.rename(source, self._absolute(target))
                break
            except FileNotFoundError:
                if not os.path.exists(source):
                    raise UploadLost("the upload's file is gone") from None
                # A deletion of the same digest took the directory away between the two calls.
                self._directories.forget()
                if attempt == ATTEMPTS:
                    raise
        self._sync_blob_directories(target)

    def _make_blob_directory(self, target: str) -> None:
        directory = os.path.dirname(target)
        self._directories.ensure(os.path.dirname(directory))
        with suppress(FileExistsError):
            os.mkdir(self._absolute(directory))

    @disk_errors()
    def _sync_blob_directories(self, target: str) -> None:
        directory = os.path.dirname(self._absolute(target))
        # First the entry of the data, then that of its directory, which somebody else may have made and not yet synced.
        try:
            sync_directory(directory)
        except FileNotFoundError as error:
            raise StoreUnavailable("the blob was deleted at the moment it was stored") from error
        sync_directory(os.path.dirname(directory))

    def _uploads_written_before(self, moment: float) -> Iterator[tuple[str, str]]:
        try:
            entries = os.scandir(self._absolute(layout.UPLOADS))
        except FileNotFoundError:
            return
        with entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if layout.is_upload_id(entry.name) and entry.stat().st_mtime < moment:
                        yield entry.name, entry.path


def _remove_blob(path: str) -> set[str]:
    """Remove a blob's file and its directory; returns the directories whose entries changed."""
    directory = os.path.dirname(path)
    changed = {os.path.dirname(directory)}
    try:
        os.unlink(path)
        changed.add(directory)
    except FileNotFoundError:
        pass
    with suppress(OSError):
        os.rmdir(directory)
    return changed
