"""Request bodies for the stores under test."""

from __future__ import annotations

import random
from collections.abc import Callable

from registry_api.oci.digest import Digest
from registry_api.storage.contract import ShortBody, State, Store
from registry_api.storage.hashing import Hasher, new_hasher


class Body:
    """A body that comes in pieces of at most ``step`` bytes; behind its bytes it ends, or raises ``ending``.

    ``before_each`` is called with the number of bytes given so far before every read.
    """

    def __init__(
        self,
        content: bytes,
        *,
        step: int = 1 << 30,
        ending: type[Exception] | None = None,
        before_each: Callable[[int], None] = lambda given: None,
    ) -> None:
        self._content = memoryview(content)
        self._step = step
        self._ending = ending
        self._before_each = before_each
        self.given = 0

    def readinto(self, view: memoryview) -> int:
        self._before_each(self.given)
        count = min(len(view), self._step, len(self._content) - self.given)
        if not count and self._ending is not None:
            raise self._ending
        view[:count] = self._content[self.given : self.given + count]
        self.given += count
        return count


def broken_off(content: bytes, **options: object) -> Body:
    """A body whose client goes away after ``content``."""
    return Body(content, ending=ShortBody, **options)  # type: ignore[arg-type]


def some_bytes(size: int, seed: int = 0) -> bytes:
    """The same unpredictable bytes every time."""
    return random.Random(f"{size}/{seed}").randbytes(size)


def append(
    store: Store, upload_id: str, state: State, content: bytes, hasher: Hasher | None = None, **options: object
) -> State:
    """Append all of ``content``."""
    hasher = hasher or new_hasher("sha256")
    grown, taken = store.append(upload_id, state, Body(content), hasher, length=len(content), **options)  # type: ignore[arg-type]
    assert taken == len(content)
    return grown


def push(store: Store, upload_id: str, content: bytes, algorithm: str = "sha256") -> Digest:
    """Store a blob with one append."""
    digest = Digest.of(content, algorithm)
    state = append(store, upload_id, store.begin(upload_id), content)
    store.commit(upload_id, state, digest)
    return digest


def stored(store: Store, digest: Digest) -> bytes:
    """The whole blob."""
    return b"".join(store.read(digest))
