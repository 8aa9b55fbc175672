"""What an upload to the object store consists of between two requests.

Two forms, because a multipart upload can only be made under the name that the object will have at the end:

* The digest is not known before the bytes came (POST, PATCH, PUT, as docker pushes). Bytes become objects of their own,
  the *pieces*; `commit` has the object store put them together under the digest's name.
* One request brings all the bytes and names the digest first (as containerd pushes). They become parts of a *multipart
  upload* under the digest's name, and `commit` has only to complete it: nothing is copied.

A rest that is too short for a part (5 MiB) waits as a last piece, or, when `commit` follows in the same request, in a
spool that the state object carries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from registry_api.storage.contract import State, UploadLost
from registry_api.storage.spool import Spool

MIN_PART = 5 << 20  # bytes; S3 refuses smaller ones but for the last
PART = 16 << 20
MAX_PARTS = 10_000


def part_size(number: int) -> int:
    """How many bytes the part with this number (from 1) should have, so that 10 000 parts are enough for any blob."""
    return PART << min(number // 1000, 4)


@dataclass(frozen=True)
class Multipart:
    """An unfinished multipart upload of the object at ``path``; ``etags`` are those of its parts, in order."""

    path: str
    upload_id: str
    etags: tuple[str, ...] = ()

    def with_parts(self, etags: Iterable[str]) -> Multipart:
        """The same upload with these parts behind those it has."""
        return replace(self, etags=(*self.etags, *etags))


@dataclass(frozen=True)
class Piece:
    """An object that holds a stretch of the upload."""

    name: str
    size: int


@dataclass(frozen=True)
class Progress:
    """An upload's state, taken apart. ``stale`` names pieces that later ones have replaced."""

    offset: int
    multipart: Multipart | None = None
    pieces: tuple[Piece, ...] = ()
    stale: tuple[str, ...] = ()
    held: Spool | None = field(default=None, compare=False)

    @classmethod
    def of(cls, state: State, *, whole: bool = True) -> Progress:
        """Read a state. Raises UploadLost when its last bytes were only held for a request that is over, unless the
        ``whole`` is not needed."""
        multipart = state.get("multipart")
        if whole and state.get("held") and not isinstance(state, HeldState):
            raise UploadLost("the end of the upload was never stored")
        return cls(
            offset=state["offset"],
            multipart=multipart and Multipart(multipart["path"], multipart["id"], tuple(multipart["etags"])),
            pieces=tuple(Piece(name, size) for name, size in state.get("pieces", ())),
            stale=tuple(state.get("stale", ())),
            held=state.held if isinstance(state, HeldState) else None,
        )

    def state(self) -> State:
        """The JSON-able form."""
        state: State = {"offset": self.offset}
        if self.multipart is not None:
            multipart = self.multipart
            state["multipart"] = {"path": multipart.path, "id": multipart.upload_id, "etags": [*multipart.etags]}
        if self.pieces:
            state["pieces"] = [[piece.name, piece.size] for piece in self.pieces]
        if self.stale:
            state["stale"] = [*self.stale]
        return state if self.held is None else HeldState(state, self.held)

    def without_tail(self) -> tuple[Progress, Piece | None]:
        """This progress less a last piece that is too short to be followed by another, and that piece."""
        if not self.pieces or self.pieces[-1].size >= MIN_PART:
            return self, None
        tail = self.pieces[-1]
        return replace(self, pieces=self.pieces[:-1], stale=(*self.stale, tail.name)), tail


class HeldState(dict[str, Any]):
    """A state whose last bytes are not in the object store but in ``held``: they live as long as this very object."""

    def __init__(self, state: State, held: Spool) -> None:
        super().__init__(state, held=held.size)
        self.held = held
