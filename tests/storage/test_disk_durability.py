"""What the disk store acknowledges has reached the disk: in the right order, and never in spite of an error."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from registry_api.oci.digest import Digest
from registry_api.storage.contract import StoreUnavailable
from registry_api.storage.disk import DiskStore
from tests.storage.bodies import append, push, some_bytes, stored
from tests.storage.system_calls import Event, Watch

MIB = 1 << 20


def _last(events: list[Event], name: str, path: str) -> int:
    """The place of the last such event, -1 when there is none."""
    return max((place for place, event in enumerate(events) if event == (name, path)), default=-1)


def test_everything_is_synced_before_it_is_acknowledged(tmp_path: Path, upload_id: str) -> None:
    root = tmp_path / "new" / "root"
    with pytest.MonkeyPatch.context() as monkeypatch:
        watch = Watch(monkeypatch)
        digest = push(DiskStore(str(root)), upload_id, some_bytes(3 * MIB))
    events = watch.events
    upload = f"{root}/uploads/{upload_id}"
    [renamed] = [place for place, (name, _path) in enumerate(events) if name == "rename"]
    assert -1 < _last(events, "pwrite", upload) < _last(events, "fsync", upload) < renamed
    assert renamed < _last(events, "fsync", os.path.dirname(events[renamed][1]))
    made = [(place, path) for place, (name, path) in enumerate(events) if name == "mkdir"]
    assert len(made) >= 8
    for place, path in made:
        assert place < _last(events, "fsync", os.path.dirname(path)), f"{path} may vanish in a power cut"
    assert (root / "docker/registry/v2/blobs/sha256" / digest.encoded[:2] / digest.encoded / "data").is_file()


def test_an_acknowledged_append_is_synced(tmp_path: Path, upload_id: str) -> None:
    store = DiskStore(str(tmp_path))
    with pytest.MonkeyPatch.context() as monkeypatch:
        watch = Watch(monkeypatch)
        append(store, upload_id, store.begin(upload_id), some_bytes(40 * MIB))
    upload = f"{tmp_path}/uploads/{upload_id}"
    assert _last(watch.events, "pwrite", upload) < _last(watch.events, "fsync", upload)
    # Writing back begins on the way, so that the sync at the end has little left to do.
    assert watch.events.count(("writeback", upload)) == 2


def test_a_known_path_is_not_made_again(tmp_path: Path) -> None:
    store = DiskStore(str(tmp_path))
    push(store, "00000000-0000-4000-8000-000000000001", b"blob")
    with pytest.MonkeyPatch.context() as monkeypatch:
        watch = Watch(monkeypatch)
        push(store, "00000000-0000-4000-8000-000000000002", b"blob")
    names = [name for name, _path in watch.events]
    assert names.count("mkdir") == 1
    assert names.count("fsync") == 3


def test_a_tree_that_was_removed_is_made_again(tmp_path: Path) -> None:
    store = DiskStore(str(tmp_path / "root"))
    push(store, "00000000-0000-4000-8000-000000000001", b"blob")
    os.rename(tmp_path / "root", tmp_path / "elsewhere")
    digest = push(store, "00000000-0000-4000-8000-000000000002", b"blob")
    assert stored(store, digest) == b"blob"


@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS, errno.ESTALE], ids=errno.errorcode.get)
@pytest.mark.parametrize("failing", ["fsync", "pwrite", "ftruncate", "open"])
def test_a_failing_disk_acknowledges_no_append(tmp_path: Path, upload_id: str, failing: str, number: int) -> None:
    store = DiskStore(str(tmp_path))
    state = append(store, upload_id, store.begin(upload_id), b"first ")
    append(store, upload_id, state, b"never recorded, so that there is something to cut off")
    with pytest.MonkeyPatch.context() as monkeypatch:
        Watch(monkeypatch, _fail(failing, number))
        with pytest.raises(StoreUnavailable):
            append(store, upload_id, state, b"lost")
    state = append(store, upload_id, state, b"second")
    store.commit(upload_id, state, Digest.of(b"first second"))
    assert stored(store, Digest.of(b"first second")) == b"first second"


@pytest.mark.parametrize("failing", ["open", "mkdir", "rename", "fsync"])
def test_a_failing_disk_acknowledges_no_commit(tmp_path: Path, upload_id: str, failing: str) -> None:
    store = DiskStore(str(tmp_path))
    state = append(store, upload_id, store.begin(upload_id), b"content")
    with pytest.MonkeyPatch.context() as monkeypatch:
        Watch(monkeypatch, _fail(failing, errno.EIO))
        with pytest.raises(StoreUnavailable):
            store.commit(upload_id, state, Digest.of(b"content"))
    store.commit(upload_id, state, Digest.of(b"content"))
    assert stored(store, Digest.of(b"content")) == b"content"


def test_every_sync_of_a_first_commit_counts(tmp_path: Path, upload_id: str) -> None:
    digest = Digest.of(b"content")

    def fails_at(nth: int) -> bool:
        store = DiskStore(str(tmp_path / str(nth)))
        state = append(store, upload_id, store.begin(upload_id), b"content")
        syncs = iter(range(1, 50))

        def before(_number: int, name: str) -> None:
            if name == "fsync" and next(syncs) == nth:
                raise OSError(errno.EIO, "the disk is broken")

        failed = False
        with pytest.MonkeyPatch.context() as monkeypatch:
            Watch(monkeypatch, before)
            try:
                store.commit(upload_id, state, digest)
            except StoreUnavailable:
                failed = True
        store.commit(upload_id, state, digest)
        assert stored(store, digest) == b"content"
        return failed

    # Where docker, registry, v2, blobs, sha256 and the two digits were made, and then the blob's own two directories.
    assert [fails_at(nth) for nth in range(1, 11)] == [True] * 8 + [False] * 2


def test_a_failing_deletion_is_not_reported_as_done(tmp_path: Path) -> None:
    store = DiskStore(str(tmp_path))
    first, second = (
        push(store, f"00000000-0000-4000-8000-00000000000{content.decode()}", content) for content in (b"1", b"2")
    )
    failing_path = store.answer(first).path
    real_unlink = os.unlink

    def unlink(path: str) -> None:
        if path == failing_path:
            raise OSError(errno.EIO, "the disk is broken")
        real_unlink(path)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(os, "unlink", unlink)
        assert store.delete([first, second]) == {second}
        with pytest.raises(StoreUnavailable):
            store.delete([first])
    assert store.delete([first]) == {first}


def test_a_store_that_cannot_write_is_not_ready(tmp_path: Path) -> None:
    store = DiskStore(str(tmp_path / "file" / "root"))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable):
        store.check()
    with pytest.raises(StoreUnavailable):
        push(store, "00000000-0000-4000-8000-000000000001", b"blob")


def _fail(failing: str, number: int) -> Callable[[int, str], None]:
    def before(_count: int, name: str) -> None:
        if name == failing:
            raise OSError(number, os.strerror(number))

    return before
