"""What all copies of one task share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from jobs.replication.engine.once import Once
from jobs.replication.engine.pace import Pace
from jobs.replication.engine.tally import Tally
from registry_api.oci.descriptor import Descriptor
from registry_api.remotes.contract import Descriptor as Head
from registry_api.remotes.contract import Readable, Repository, Source
from registry_api.remotes.errors import Refused, Unauthorized


@contextmanager
def at_once(digest: str) -> Iterator[str]:
    """Where nobody else brings anything."""
    yield ""


def nowhere(digest: str) -> Sequence[str]:
    """Where nobody knows another place of a blob."""
    return ()


@dataclass
class Shared:
    """From one repository to another.

    ``check`` raises when nobody is to go on. ``chunk`` is how many bytes a request takes, None for any number.
    ``turn`` keeps other tasks from bringing the same blob meanwhile, and tells where one has put it. ``elsewhere``
    names repositories of the destination that hold a blob. ``attached`` has, by digest, the tags of the source that
    belong to a manifest by their name (older signatures). ``takes_kind`` is asked about kinds that the listing
    did not tell, None where all are taken. In a dry run nothing is written.
    """

    source: Repository
    destination: Repository
    check: Callable[[], None]
    pace: Pace
    tally: Tally
    override: bool = True
    chunk: int | None = None
    is_dry: bool = False
    elsewhere: Callable[[str], Sequence[str]] = nowhere
    turn: Callable[[str], AbstractContextManager[str]] = at_once
    takes_kind: Callable[[str], bool] | None = None
    attached: Mapping[str, Sequence[str]] = field(default_factory=dict)
    log: Any = None
    asked: set[str] = field(default_factory=set)
    """Manifests whose referrers were brought already."""

    def __post_init__(self) -> None:
        self.once = Once(self.check)

    def bring_blob(self, blob: Descriptor) -> None:
        """Has it at the destination. Raises RemoteError."""
        self.once.do(f"blob {blob.digest}", lambda: self._bring_blob(str(blob.digest), blob.size))

    def _bring_blob(self, digest: str, size: int) -> None:
        self.check()
        if self.holds_blob(digest):
            return
        if self.is_dry:
            self.tally.add(blobs=1, bytes=size)
            return
        with self.turn(digest) as place:
            if place == self.destination.name and self.holds_blob(digest):
                return  # another task has brought it while this one waited
            # Only where nobody has just put it there is it worth asking around; "" lets the registry look itself.
            for name in (place, "") if place else (*self.elsewhere(digest), ""):
                if self.destination.mount_blob(digest, size, name):
                    self.tally.add(mounted=1)
                    return
            self.destination.upload_blob(digest, size, self._paced(digest), chunk=self.chunk)
            self.tally.add(blobs=1)

    def holds_blob(self, digest: str) -> bool:
        try:
            return self.destination.has_blob(digest)
        except (Refused, Unauthorized) as error:
            # Before anything is written there may be no project at the destination, which forbids even the question.
            if not self.is_dry or error.may_pass:
                raise
            return False

    def head_there(self, reference: str) -> Head | None:
        """What the destination has under a tag or digest."""
        try:
            return self.destination.head_manifest(reference)
        except (Refused, Unauthorized) as error:
            if not self.is_dry or error.may_pass:
                raise
            return None

    def _paced(self, digest: str) -> Source:
        @contextmanager
        def opened(start: int) -> Iterator[Readable]:
            self.check()
            with self.source.open_blob(digest, start) as stream:
                yield _Paced(stream, self)

        return opened


class _Paced:
    """A stream that keeps to the limit, is counted, and ends when nobody is to go on."""

    def __init__(self, stream: Readable, shared: Shared) -> None:
        self._stream = stream
        self._shared = shared

    def read(self, size: int, /) -> bytes:
        self._shared.check()
        piece = self._stream.read(self._shared.pace.piece(size))
        self._shared.pace.take(len(piece))
        self._shared.tally.add(bytes=len(piece))
        return piece
