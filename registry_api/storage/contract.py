"""What a store of blob bytes promises, whatever it is built on.

A store knows bytes and digests, never names, rights or rows. Whoever calls it keeps the ``State`` of an upload and
hands it back; the state's ``offset`` is the only truth about how many bytes are taken. What lies in the store beyond
that offset was never acknowledged and is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from registry_api.oci.digest import Digest
from registry_api.storage.hashing import Hasher

State = dict[str, Any]
"""An upload's place in the store: JSON-able, opaque to the caller but for ``offset`` (bytes safely taken so far)."""


class StorageError(Exception):
    """Anything a store has to say."""


class StoreUnavailable(StorageError):
    """The store does not answer or answers wrongly (object store gone, I/O error). Trying again later may help."""


class StoreFull(StorageError):
    """The store has no room left for these bytes. Nothing of the refused append is kept."""


class NotStored(StorageError):
    """No bytes are stored under this digest."""


class OutOfRange(StorageError):
    """The first byte asked for lies beyond the end of the blob."""


class UploadLost(StorageError):
    """The store no longer has what the state says was taken: the upload must begin anew."""


class UploadBusy(StorageError):
    """Another request is at work on the same upload at this moment."""


class UploadStopped(StorageError):
    """An append ended before its time; ``state`` is what the caller has to record from now on.

    ``taken`` counts the bytes of this append that ``state`` includes.
    """

    def __init__(self, state: State, taken: int) -> None:
        super().__init__(f"stopped after {taken} bytes, the upload stands at {state['offset']}")
        self.state = state
        self.taken = taken


class Interrupted(UploadStopped):
    """The body ended early. What arrived is safely stored: record ``state`` and the hasher's state."""


class TooLong(UploadStopped):
    """The body exceeds the limit. Nothing of it is kept: ``state`` is the one from before and ``taken`` is 0.

    The hasher has seen bytes that do not count; do not store its state.
    """


class ShortBody(Exception):
    """Raised by a source: the client went away or stalled before the end of its body."""


class BadBody(Exception):
    """Raised by a source: the framing of the body is wrong. Nothing of the append is kept."""


class Source(Protocol):
    """A request body, read from front to end."""

    def readinto(self, view: memoryview) -> int:
        """Put the next bytes at the front of ``view`` and return how many (at least 1); 0 is the end of the body.

        Raises ShortBody or BadBody; whatever ``view`` then holds does not count.
        """
        ...


@dataclass(frozen=True, slots=True)
class LocalFile:
    """The blob is a file that this host can send by itself."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Redirect:
    """The client may fetch the blob at this address, which expires."""

    url: str


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """Bytes that lie under a digest's name, whether or not anybody knows of them; ``size`` is in bytes."""

    digest: Digest
    size: int
    written_at: datetime


class Store(Protocol):
    """Blob bytes by digest, and uploads on their way to become blobs.

    Every method raises StoreUnavailable when the store cannot be reached or fails.
    """

    def begin(self, upload_id: str) -> State:
        """The state of an upload that has no bytes yet. ``upload_id`` is a UUID in its canonical form."""
        ...

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
        """Stream a body behind the bytes taken so far; returns the new state and the number of bytes taken.

        ``length`` is the body's length in bytes when known: not a byte more is read, and fewer mean Interrupted.
        ``limit`` is how many bytes this append may take at most. When this returns, or raises Interrupted, the bytes
        are durable and ``hasher`` has seen exactly them; after any other exception the old state stays valid and the
        hasher is of no more use. The caller keeps a second append off the same upload.

        ``expected`` says that this body is the last one and that `commit` with that digest follows at once, with the
        very object returned here: a store may then save itself a copy, and the returned state is not worth recording.

        Raises Interrupted, TooLong, StoreFull, UploadLost, UploadBusy, BadBody (from the source).
        """
        ...

    def commit(self, upload_id: str, state: State, digest: Digest) -> None:
        """Make the upload the blob ``digest``, durable before this returns. The caller has compared the digest.

        The same digest committed twice, or by several at once, is fine; so is the same upload committed again. When
        the digest is deleted at the same moment, either this raises StoreUnavailable or the deletion came before or
        after it: whoever deletes has to make sure that nobody else wants the digest.
        Raises UploadLost, UploadBusy, StoreFull.
        """
        ...

    def abort(self, upload_id: str, state: State) -> None:
        """Drop everything the upload has stored. An upload that has nothing, or is gone, is fine."""
        ...

    def read_upload(self, upload_id: str, state: State) -> Iterator[bytes]:
        """The bytes taken so far, in pieces of at most 1 MiB, to hash them anew. Raises UploadLost."""
        ...

    def size(self, digest: Digest) -> int | None:
        """The blob's size in bytes, None when it is not stored."""
        ...

    def read(self, digest: Digest, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Bytes ``start`` up to but not including ``end`` in pieces of at most 1 MiB; an ``end`` behind the last byte
        is cut. Raises NotStored or OutOfRange (``start`` greater than the size) before the first piece."""
        ...

    def answer(
        self, digest: Digest, *, media_type: str = "application/octet-stream", filename: str = "", method: str = "GET"
    ) -> LocalFile | Redirect | None:
        """How the blob can leave without passing through Python; None when only `read` will do.

        ``media_type``, ``filename`` (if any) and ``method`` (GET or HEAD) are what a redirect's answer will have.
        Raises NotStored where finding out costs nothing; a redirect is made without asking the object store.
        """
        ...

    def delete(self, digests: Iterable[Digest]) -> set[Digest]:
        """Remove blobs in batches; returns those that are gone now, whether or not they were there before.

        What could not be removed is left out, to be tried again; StoreUnavailable only when nothing could be done.
        """
        ...

    def walk(self) -> Iterator[StoredBlob]:
        """Everything that is stored under a digest's name, in no particular order, the memory flat.

        What is written or deleted meanwhile may be among it or not. What bears no digest's name is passed over.
        """
        ...

    def sweep_uploads(self, older_than: float, keep: Callable[[str], bool]) -> int:
        """Drop abandoned uploads: last written more than ``older_than`` seconds ago, and ``keep(upload_id)`` is False.

        Returns how many were dropped.
        """
        ...

    def check(self) -> None:
        """Raises StoreUnavailable or StoreFull unless the store can take bytes now."""
        ...
