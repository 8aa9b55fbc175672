"""However much passes through a store at once, the process stays small."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from storages.backends.s3 import S3Storage

from registry_api.oci.digest import Digest
from registry_api.storage.contract import Store
from registry_api.storage.disk import DiskStore
from registry_api.storage.hashing import new_hasher
from registry_api.storage.s3 import S3Store
from tests.storage.children import was_killed
from tests.support.seaweedfs import SeaweedFS

pytestmark = pytest.mark.slow

MIB = 1 << 20
UPLOADS = 8
ALLOWED = 64 * MIB
# All of them together: several times what would fit into the allowance if anything were kept.
SIZE = 24 * MIB
ZEROS = bytes(200_000)


class Zeros:
    """A long body that takes no memory of its own; ``seed``, its first bytes, makes it a blob of its own."""

    def __init__(self, size: int, seed: int) -> None:
        self._left = size
        self._seed = seed.to_bytes(8, "big")

    def readinto(self, view: memoryview) -> int:
        count = min(len(view), self._left, len(ZEROS))
        view[:count] = ZEROS[:count]
        view[: len(self._seed)] = self._seed
        self._seed = b""
        self._left -= count
        return count


def _push(store: Store, size: int, seed: int, *, named: bool) -> Digest:
    upload_id = str(uuid.uuid4())
    hasher = new_hasher("sha256")
    body = Zeros(size, seed)
    expected = _digest_of(size, seed) if named else None
    state, _taken = store.append(
        upload_id, store.begin(upload_id), body, hasher, length=size if named else None, expected=expected
    )
    digest = Digest("sha256", hasher.hexdigest())
    store.commit(upload_id, state, digest)
    return digest


def _digest_of(size: int, seed: int) -> Digest:
    buffer = memoryview(bytearray(MIB))
    hasher, body = new_hasher("sha256"), Zeros(size, seed)
    while count := body.readinto(buffer):
        hasher.update(buffer[:count])
    return Digest("sha256", hasher.hexdigest())


def _peak() -> int:
    """The most memory that was resident since `_reset_peak`, in bytes."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) << 10


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _grows_little(new_store: Callable[[], Store]) -> None:
    """To be run in a process of its own."""
    store = new_store()
    _push(store, 3 * MIB, 999, named=False)
    _reset_peak()
    before = _peak()
    with ThreadPoolExecutor(UPLOADS) as threads:
        digests = list(threads.map(lambda seed: _push(store, SIZE, seed, named=seed % 2 == 0), range(UPLOADS)))
        taken_in = _peak() - before
        sizes = list(threads.map(lambda digest: sum(map(len, store.read(digest))), digests))
    assert sizes == [SIZE] * UPLOADS
    assert taken_in < ALLOWED, f"grew by {taken_in >> 20} MiB while writing"
    assert _peak() - before < ALLOWED, f"grew by {(_peak() - before) >> 20} MiB while reading"
    print(f"grew by {taken_in >> 20} MiB while writing, {(_peak() - before) >> 20} MiB in all", flush=True)


def test_on_disk(tmp_path: Path) -> None:
    assert not was_killed(lambda: _grows_little(lambda: DiskStore(str(tmp_path))))
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == UPLOADS + 1


def test_in_an_object_store(seaweedfs: SeaweedFS) -> None:
    options = seaweedfs.storage_options(seaweedfs.create_bucket())
    assert not was_killed(lambda: _grows_little(lambda: S3Store(S3Storage(**options))))


def test_the_measure_measures() -> None:
    def grow() -> None:
        _reset_peak()
        before = _peak()
        kept = os.urandom(2 * ALLOWED)
        assert _peak() - before > ALLOWED
        assert len(kept) == 2 * ALLOWED

    assert not was_killed(grow)
