"""What every other registry can do for us, whatever it is.

Digests are texts here, ``algorithm:hex``. Every method may raise a :class:`~registry_api.remotes.errors.RemoteError`;
which ones is said where it is not plain. Adapters and repositories may be used by several threads at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RemoteArtifact:
    """One artifact of a listing. ``digest`` and ``kind`` are "" where the listing does not tell; then there is exactly
    one tag."""

    repository: str
    digest: str
    tags: tuple[str, ...]
    labels: tuple[str, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """``size`` in bytes."""

    digest: str
    media_type: str
    size: int
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """``digest`` is known to be that of ``content``."""

    content: bytes
    media_type: str
    digest: str


class Readable(Protocol):
    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes, at least one; b"" is the end. Raises Unreachable when the connection is cut."""
        ...


Source = Callable[[int], AbstractContextManager[Readable]]
"""``source(start)`` opens the bytes of a blob from byte ``start``."""


def ignore(count: int) -> None:
    """For who does not want to know how many bytes went."""


class Repository(Protocol):
    """One repository of another registry, by the name it has there."""

    name: str

    def head_manifest(self, reference: str) -> Descriptor | None:
        """By tag or digest; None where it is not there."""
        ...

    def get_manifest(self, reference: str) -> Manifest:
        """By tag or digest, checked against the digest. Raises NotThere; BadAnswer for another content or too much."""
        ...

    def put_manifest(self, reference: str, manifest: Manifest) -> None:
        """Under a tag, or under its digest alone. The same content again is fine."""
        ...

    def delete_manifest(self, digest: str) -> None:
        """With all its tags. What is absent already is fine."""
        ...

    def delete_tag(self, tag: str) -> None:
        """The tag alone. What is absent already is fine. Raises Refused where the registry has no such thing."""
        ...

    def has_blob(self, digest: str) -> bool: ...

    def open_blob(self, digest: str, start: int = 0) -> AbstractContextManager[Readable]:
        """The stream from byte ``start``. The digest is the reader's to verify, and how much it takes at most.

        Raises NotThere.
        """
        ...

    def mount_blob(self, digest: str, size: int, from_repository: str) -> bool:
        """From another repository of the same registry, without its bytes; False where that is refused: copy then.

        ``from_repository`` may be "": the adapter then looks for one, where its registry can tell.
        """
        ...

    def upload_blob(
        self,
        digest: str,
        size: int,
        source: Source,
        *,
        chunk: int | None = None,
        on_bytes: Callable[[int], None] = ignore,
    ) -> None:
        """Puts the blob there, with ``chunk`` bytes in each request or all in one.

        After a cut connection it goes on from where the receiver stands. ``on_bytes`` hears of each piece before it
        goes out, also of one that has to go again; whatever it or ``source`` raises ends the upload. Raises BadAnswer
        when the source has other bytes than ``digest`` and ``size`` say: nothing is then stored.
        """
        ...

    def referrers(self, digest: str) -> Iterator[Descriptor]:
        """What refers to the manifest (signatures, SBOMs …); nothing where the registry keeps none."""
        ...


class Adapter(Protocol):
    """A registry of one kind, with the credentials to use it."""

    def check(self) -> None:
        """Raises RemoteError unless the registry can be reached and takes the credentials."""
        ...

    def repositories(self, patterns: Sequence[str]) -> Iterator[str]:
        """All that could match one of the doublestar patterns, and perhaps more; all there are where none is given."""
        ...

    def artifacts(self, repository: str) -> Iterator[RemoteArtifact]:
        """All of one repository, page by page; nothing where there is no such repository."""
        ...

    def prepare(self, repositories: Sequence[str]) -> None:
        """Before a push: makes what must be there for these repositories, such as projects."""
        ...

    def repository(self, name: str) -> Repository: ...

    def interrupt(self) -> None:
        """Ends what is being asked now, in whichever thread: Unreachable is raised there, or nothing waits by itself.

        What is asked afterwards, to tidy up, gets a moment only.
        """
        ...

    def close(self) -> None:
        """Ends its connections."""
        ...
