"""What an upload on disk is: a locked file whose size never lies, and which becomes the blob itself at the end."""

from __future__ import annotations

import os
import threading
import uuid
from pathlib import Path

import pytest

from registry_api.oci.digest import Digest
from registry_api.storage.contract import Interrupted, LocalFile, Redirect, UploadBusy, UploadLost
from registry_api.storage.disk import DiskStore
from registry_api.storage.hashing import new_hasher
from registry_api.storage.upload_file import UploadFile
from tests.storage.bodies import Body, append, broken_off, push, some_bytes, stored

MIB = 1 << 20


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore(str(tmp_path))


def test_it_works(store: DiskStore, tmp_path: Path, upload_id: str) -> None:
    state = append(store, upload_id, store.begin(upload_id), b"content")
    file = tmp_path / "uploads" / upload_id
    assert (file.read_bytes(), state) == (b"content", {"offset": 7})
    inode = file.stat().st_ino
    digest = Digest.of(b"content")
    store.commit(upload_id, state, digest)
    # Renamed, not copied.
    answer = store.answer(digest)
    assert isinstance(answer, LocalFile)
    assert os.stat(answer.path).st_ino == inode
    assert answer == LocalFile(store.answer(digest).path, 7)
    assert Path(answer.path).read_bytes() == b"content"
    assert not file.exists()


def test_a_local_file_is_no_redirect(store: DiskStore, upload_id: str) -> None:
    digest = push(store, upload_id, b"content")
    assert not isinstance(store.answer(digest, media_type="text/plain", filename="x", method="HEAD"), Redirect)


def test_a_cut_off_body_leaves_no_file_that_seems_whole(store: DiskStore, tmp_path: Path, upload_id: str) -> None:
    with pytest.raises(Interrupted):
        store.append(
            upload_id, store.begin(upload_id), broken_off(bytes(9 * MIB)), new_hasher("sha256"), length=300 * MIB
        )
    found = (tmp_path / "uploads" / upload_id).stat()
    assert found.st_size == 9 * MIB
    assert found.st_blocks * 512 < 10 * MIB


def test_the_file_grows_only_with_its_bytes(store: DiskStore, tmp_path: Path, upload_id: str) -> None:
    sizes: list[tuple[int, int]] = []
    file = tmp_path / "uploads" / upload_id
    body = Body(bytes(20 * MIB), step=MIB, before_each=lambda given: sizes.append((file.stat().st_size, given)))
    store.append(upload_id, store.begin(upload_id), body, new_hasher("sha256"), length=20 * MIB)
    assert all(size <= given for size, given in sizes)


def test_two_requests_cannot_write_to_one_upload(store: DiskStore, tmp_path: Path, upload_id: str) -> None:
    before = append(store, upload_id, store.begin(upload_id), b"before ")
    tried: list[int] = []

    def try_all(given: int) -> None:
        tried.append(given)
        # Another process, as far as the lock can tell.
        other = DiskStore(str(tmp_path))
        with pytest.raises(UploadBusy):
            append(other, upload_id, before, b"intruder")
        with pytest.raises(UploadBusy):
            other.commit(upload_id, before, Digest.of(b"before "))

    state, _taken = store.append(upload_id, before, Body(b"after", before_each=try_all), new_hasher("sha256"))
    assert tried
    store.commit(upload_id, state, Digest.of(b"before after"))
    assert stored(store, Digest.of(b"before after")) == b"before after"


def test_a_late_request_cannot_write_into_the_blob(store: DiskStore, tmp_path: Path, upload_id: str) -> None:
    state = append(store, upload_id, store.begin(upload_id), b"content")
    path = str(tmp_path / "uploads" / upload_id)
    opened, committed = threading.Event(), threading.Event()
    outcome: list[object] = []

    class Late(UploadFile):
        def _lock(self, path: str) -> None:
            opened.set()
            committed.wait()
            super()._lock(path)

    def write_late() -> None:
        try:
            with Late(path, 7) as file:
                file.write(memoryview(b"poison"))
        except UploadLost as lost:
            outcome.append(lost)

    thread = threading.Thread(target=write_late)
    thread.start()
    opened.wait()
    store.commit(upload_id, state, Digest.of(b"content"))
    committed.set()
    thread.join()
    assert len(outcome) == 1
    assert stored(store, Digest.of(b"content")) == b"content"


def test_an_upload_aborted_while_a_body_arrives_stores_nothing(store: DiskStore, upload_id: str) -> None:
    state = store.begin(upload_id)
    body = Body(bytes(5 * MIB), step=MIB, before_each=lambda given: given == 3 * MIB and store.abort(upload_id, state))
    grown, _taken = store.append(upload_id, state, body, new_hasher("sha256"))
    with pytest.raises(UploadLost):
        store.commit(upload_id, grown, Digest.of(bytes(5 * MIB)))
    assert store.size(Digest.of(bytes(5 * MIB))) is None


def test_a_file_that_lost_bytes_is_noticed(store: DiskStore, tmp_path: Path, upload_id: str) -> None:
    state = append(store, upload_id, store.begin(upload_id), b"content")
    os.truncate(tmp_path / "uploads" / upload_id, 3)
    for attempt in (
        lambda: append(store, upload_id, state, b"more"),
        lambda: store.commit(upload_id, state, Digest.of(b"content")),
        lambda: list(store.read_upload(upload_id, state)),
    ):
        with pytest.raises(UploadLost):
            attempt()


def test_reading_leaves_no_file_open(store: DiskStore, upload_id: str) -> None:
    digest = push(store, upload_id, some_bytes(3 * MIB))
    other = str(uuid.uuid4())
    state = append(store, other, store.begin(other), some_bytes(3 * MIB))
    before = len(os.listdir("/proc/self/fd"))
    for pieces in (store.read(digest), store.read_upload(other, state)):
        next(pieces)
        del pieces
    store.read(digest)
    store.read_upload(other, state)
    list(store.read(digest))
    assert len(os.listdir("/proc/self/fd")) == before


def test_other_files_are_not_swept(store: DiskStore, tmp_path: Path) -> None:
    store.check()
    foreign = tmp_path / "uploads" / "not-an-upload"
    foreign.write_text("somebody's")
    assert store.sweep_uploads(-60, lambda upload: False) == 0
    assert foreign.exists()
    assert sorted(path.name for path in (tmp_path / "uploads").iterdir()) == ["not-an-upload"]


def test_a_tree_of_another_registry_is_adopted(store: DiskStore, tmp_path: Path) -> None:
    digest = Digest.of(b"from elsewhere")
    folder = tmp_path / "docker/registry/v2/blobs/sha256" / digest.encoded[:2] / digest.encoded
    folder.mkdir(parents=True)
    (folder / "data").write_bytes(b"from elsewhere")
    assert stored(store, digest) == b"from elsewhere"
    assert store.delete([digest]) == {digest}
    assert not folder.exists()
