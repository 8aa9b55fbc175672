"""A full disk refuses clearly, keeps what was recorded, gives back what it took, and works again when there is room."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest

from registry_api.oci.digest import Digest
from registry_api.storage.contract import StoreFull
from registry_api.storage.disk import DiskStore
from registry_api.storage.hashing import new_hasher
from tests.storage.bodies import Body, append, push, some_bytes, stored
from tests.storage.children import on_small_disk

MIB = 1 << 20
UPLOAD = "00000000-0000-4000-8000-000000000001"
OTHER = "00000000-0000-4000-8000-000000000002"


@pytest.mark.parametrize("known", [True, False], ids=["length known", "length unknown"])
def test_a_body_that_does_not_fit(tmp_path: Path, known: bool) -> None:
    def scenario() -> None:
        store = DiskStore(str(tmp_path))
        state = append(store, UPLOAD, store.begin(UPLOAD), some_bytes(3 * MIB))
        before = _room(tmp_path)
        for _ in range(2):
            body = Body(bytes(30 * MIB), step=500_000)
            with pytest.raises(StoreFull):
                store.append(UPLOAD, state, body, new_hasher("sha256"), length=30 * MIB if known else None)
            assert _room(tmp_path) == before
        content = some_bytes(3 * MIB) + b"what fits"
        state = append(store, UPLOAD, state, b"what fits")
        store.commit(UPLOAD, state, Digest.of(content))
        assert stored(store, Digest.of(content)) == content

    on_small_disk(tmp_path, "size=12m", scenario)


def test_a_known_length_is_refused_before_all_of_it_came(tmp_path: Path) -> None:
    def scenario() -> None:
        store = DiskStore(str(tmp_path))
        body = Body(bytes(30 * MIB), step=500_000)
        with pytest.raises(StoreFull):
            store.append(UPLOAD, store.begin(UPLOAD), body, new_hasher("sha256"), length=30 * MIB)
        assert body.given <= MIB

    on_small_disk(tmp_path, "size=12m", scenario)


def test_many_uploads_fill_the_disk_together(tmp_path: Path) -> None:
    def scenario() -> None:
        store = DiskStore(str(tmp_path))
        done: list[Digest] = []
        with pytest.raises(StoreFull):
            for number in range(100):
                content = some_bytes(MIB, seed=number)
                push(store, f"00000000-0000-4000-8000-{number:012}", content)
                done.append(Digest.of(content))
        assert len(done) > 8
        for number, digest in enumerate(done):
            assert stored(store, digest) == some_bytes(MIB, seed=number)
        with pytest.raises(StoreFull):
            append(store, OTHER, store.begin(OTHER), some_bytes(2 * MIB))
        assert store.delete(done) == set(done)
        push(store, OTHER, some_bytes(2 * MIB))

    on_small_disk(tmp_path, "size=12m", scenario)


def test_no_room_for_a_commit(tmp_path: Path) -> None:
    def scenario() -> None:
        store = DiskStore(str(tmp_path))
        state = append(store, UPLOAD, store.begin(UPLOAD), b"content")
        fillers = _use_up_inodes(tmp_path)
        with pytest.raises(StoreFull):
            store.commit(UPLOAD, state, Digest.of(b"content"))
        assert store.size(Digest.of(b"content")) is None
        with pytest.raises(StoreFull):
            append(store, OTHER, store.begin(OTHER), b"content")
        with pytest.raises(StoreFull):
            store.check()
        for filler in fillers:
            filler.unlink()
        store.commit(UPLOAD, state, Digest.of(b"content"))
        assert stored(store, Digest.of(b"content")) == b"content"

    on_small_disk(tmp_path, "size=12m,nr_inodes=40", scenario)


def test_a_file_larger_than_files_may_be(tmp_path: Path) -> None:
    def scenario() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5 * MIB, 5 * MIB))
        store = DiskStore(str(tmp_path))
        state = append(store, UPLOAD, store.begin(UPLOAD), some_bytes(3 * MIB))
        for length in (20 * MIB, None):
            with pytest.raises(StoreFull):
                store.append(UPLOAD, state, Body(bytes(20 * MIB)), new_hasher("sha256"), length=length)
        content = some_bytes(3 * MIB) + bytes(2 * MIB)
        state = append(store, UPLOAD, state, bytes(2 * MIB))
        store.commit(UPLOAD, state, Digest.of(content))
        assert stored(store, Digest.of(content)) == content

    on_small_disk(tmp_path, "size=60m", scenario)


def _room(folder: Path) -> int:
    return os.statvfs(folder).f_bfree


def _use_up_inodes(folder: Path) -> list[Path]:
    fillers: list[Path] = []
    for number in range(1000):
        filler = folder / f"filler-{number}"
        try:
            filler.touch()
        except OSError:
            return fillers
        fillers.append(filler)
    raise AssertionError("the disk never became full")
