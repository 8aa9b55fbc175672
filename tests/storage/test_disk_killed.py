"""A process killed (-9) at any point leaves nothing half-written and loses nothing that was recorded."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from registry_api.oci.digest import Digest
from registry_api.storage.contract import State
from registry_api.storage.disk import DiskStore
from registry_api.storage.hashing import new_hasher
from tests.storage.bodies import Body, append, some_bytes, stored
from tests.storage.children import kill_this_process, was_killed
from tests.storage.system_calls import Watch

pytestmark = pytest.mark.slow

MIB = 1 << 20
MORE_THAN_ENOUGH = 200


def _killed_before_call(number: int, action: Callable[[], object]) -> bool:
    """Do ``action`` in a child that is killed right before its system call of this number."""

    def watched() -> None:
        with pytest.MonkeyPatch.context() as monkeypatch:
            Watch(monkeypatch, lambda count, name: kill_this_process() if count == number else None)
            action()

    return was_killed(watched)


def _at_every_call(scenario: Callable[[int], bool]) -> int:
    """Run a scenario with the kill at the first call, the second, and so on until it is not reached any more."""
    for number in range(1, MORE_THAN_ENOUGH):
        if not scenario(number):
            return number - 1
    raise AssertionError("the scenario never ends")


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_killed_at_every_point_of_a_commit(tmp_path: Path) -> None:
    content = some_bytes(3 * MIB)
    digest = Digest.of(content)

    def scenario(number: int) -> bool:
        root = tmp_path / str(number)
        upload_id = str(uuid.uuid4())
        store = DiskStore(str(root))
        state = append(store, upload_id, store.begin(upload_id), content)
        killed = _killed_before_call(number, lambda: DiskStore(str(root)).commit(upload_id, state, digest))
        # Either no blob or the whole of it, and the client's next try succeeds in any case.
        assert store.size(digest) in (None, len(content))
        DiskStore(str(root)).commit(upload_id, state, digest)
        assert stored(store, digest) == content
        assert len(_files(root)) == 1
        return killed

    assert _at_every_call(scenario) > 15


@pytest.mark.parametrize("size", [1000, 20 * MIB], ids=["small", "large"])
def test_killed_at_every_point_of_an_append(tmp_path: Path, size: int) -> None:
    recorded, more = some_bytes(5000), some_bytes(size)
    digest = Digest.of(recorded + more)

    def scenario(number: int) -> bool:
        root = tmp_path / str(number)
        upload_id = str(uuid.uuid4())
        store = DiskStore(str(root))
        state = append(store, upload_id, store.begin(upload_id), recorded)
        killed = _killed_before_call(number, lambda: append(DiskStore(str(root)), upload_id, state, more))
        assert b"".join(store.read_upload(upload_id, state)) == recorded
        grown = append(store, upload_id, state, more)
        store.commit(upload_id, grown, digest)
        assert stored(store, digest) == recorded + more
        return killed

    assert _at_every_call(scenario) > 5


@pytest.mark.parametrize("arrived", [0, 1, 2 * MIB + 1, 7 * MIB])
def test_killed_while_the_body_arrives(tmp_path: Path, upload_id: str, arrived: int) -> None:
    content = some_bytes(9 * MIB)
    store = DiskStore(str(tmp_path))
    first = append(store, upload_id, store.begin(upload_id), b"first")

    def receive() -> State:
        body = Body(content, step=300_000, before_each=lambda given: kill_this_process() if given >= arrived else None)
        return DiskStore(str(tmp_path)).append(upload_id, first, body, new_hasher("sha256"), length=len(content))[0]

    assert was_killed(receive)
    assert b"".join(store.read_upload(upload_id, first)) == b"first"
    # Not even its lock outlives a process.
    state = append(store, upload_id, first, content)
    store.commit(upload_id, state, Digest.of(b"first" + content))
    assert stored(store, Digest.of(b"first" + content)) == b"first" + content


def test_what_a_killed_process_reserved_is_given_back(tmp_path: Path, upload_id: str) -> None:
    announced = 100 * MIB
    store = DiskStore(str(tmp_path))
    state = append(store, upload_id, store.begin(upload_id), some_bytes(MIB))

    def receive() -> None:
        body = Body(bytes(announced), before_each=lambda given: kill_this_process() if given >= 3 * MIB else None)
        DiskStore(str(tmp_path)).append(upload_id, state, body, new_hasher("sha256"), length=announced)

    assert was_killed(receive)
    store.commit(upload_id, state, Digest.of(some_bytes(MIB)))
    assert sum(path.stat().st_blocks * 512 for path in _files(tmp_path)) < 2 * MIB


def test_killed_in_the_middle_of_a_deletion(tmp_path: Path) -> None:
    contents = [b"%d" % number for number in range(5)]
    digests = [Digest.of(content) for content in contents]

    def scenario(number: int) -> bool:
        store = DiskStore(str(tmp_path / str(number)))
        for content in contents:
            upload_id = str(uuid.uuid4())
            store.commit(upload_id, append(store, upload_id, store.begin(upload_id), content), Digest.of(content))
        killed = _killed_before_call(number, lambda: store.delete(digests))
        assert all(store.size(digest) in (None, 1) for digest in digests)
        assert store.delete(digests) == set(digests)
        assert _files(tmp_path / str(number)) == []
        return killed

    assert _at_every_call(scenario) > 10


def test_the_killing_is_real(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    assert _killed_before_call(1, lambda: os.close(os.open(marker, os.O_CREAT | os.O_WRONLY)))
    assert not marker.exists()
    assert not _killed_before_call(3, lambda: os.close(os.open(marker, os.O_CREAT | os.O_WRONLY)))
    assert marker.exists()
