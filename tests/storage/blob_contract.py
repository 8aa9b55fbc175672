"""What every store promises about blobs. A test class inherits these and gives ``store`` and ``new_store`` fixtures."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from registry_api.oci.digest import Digest
from registry_api.storage.contract import NotStored, OutOfRange, Store, StoreUnavailable
from tests.storage.bodies import append, push, some_bytes, stored

MIB = 1 << 20


def new_id() -> str:
    return str(uuid.uuid4())


class BlobContract:
    """Blobs: read, measured, committed by several at once, deleted."""

    def test_an_empty_store_is_ready(self, store: Store) -> None:
        store.check()

    def test_a_blob_that_is_not_there(self, store: Store) -> None:
        missing = Digest.of(b"missing")
        assert store.size(missing) is None
        with pytest.raises(NotStored):
            store.read(missing)
        with pytest.raises(NotStored):
            store.read(missing, 0, 0)
        with pytest.raises(NotStored):
            store.read(missing, 5, 9)

    def test_every_part_of_a_blob_can_be_read(self, store: Store) -> None:
        content = some_bytes(3 * MIB + 11)
        size = len(content)
        digest = push(store, new_id(), content)
        for start in (0, 1, size // 2, size - 1, size):
            for end in (None, start, start + 1, size // 2, size - 1, size, size + 1, 10 * size):
                assert b"".join(store.read(digest, start, end)) == content[start:end], (start, end)

    def test_a_part_beyond_the_end_is_refused(self, store: Store) -> None:
        digest = push(store, new_id(), b"0123456789")
        for start, end in ((11, None), (11, 20), (100, 100), (-1, None), (-1, 5)):
            with pytest.raises(OutOfRange):
                store.read(digest, start, end)

    def test_an_empty_blob_has_an_empty_part(self, store: Store) -> None:
        digest = push(store, new_id(), b"")
        assert b"".join(store.read(digest, 0, 10)) == b""
        with pytest.raises(OutOfRange):
            store.read(digest, 1)

    def test_a_large_blob_comes_in_pieces(self, store: Store) -> None:
        content = some_bytes(5 * MIB + 3)
        sizes = [len(piece) for piece in store.read(push(store, new_id(), content))]
        assert max(sizes) <= MIB
        assert sum(sizes) == len(content)

    @pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
    def test_both_algorithms(self, store: Store, algorithm: str) -> None:
        digest = push(store, new_id(), b"content", algorithm)
        assert digest.algorithm == algorithm
        assert stored(store, digest) == b"content"

    def test_the_same_blob_may_be_pushed_again(self, store: Store) -> None:
        content = some_bytes(MIB)
        for _ in range(3):
            assert stored(store, push(store, new_id(), content)) == content

    def test_a_reader_is_not_disturbed_by_a_second_push(self, store: Store) -> None:
        content = some_bytes(8 * MIB)
        pieces = store.read(push(store, new_id(), content))
        first = next(pieces)
        push(store, new_id(), content)
        assert first + b"".join(pieces) == content

    def test_the_same_upload_may_be_committed_again(self, new_store: Callable[[], Store]) -> None:
        # The bytes were made a blob and the process died before the database knew: the client sends its PUT again.
        for content in (b"", b"short", some_bytes(6 * MIB), some_bytes(33 * MIB)):
            upload = new_id()
            state = append(new_store(), upload, new_store().begin(upload), content)
            for _ in range(2):
                new_store().commit(upload, state, Digest.of(content))
                assert stored(new_store(), Digest.of(content)) == content

    def test_one_digest_committed_by_many_at_once(self, new_store: Callable[[], Store]) -> None:
        content = some_bytes(6 * MIB)
        digest = Digest.of(content)

        def one(_number: int) -> bool:
            store = new_store()
            push(store, new_id(), content)
            return stored(store, digest) == content

        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(one, range(16)))

    def test_a_blob_is_read_by_many_at_once(self, store: Store) -> None:
        content = some_bytes(4 * MIB)
        digest = push(store, new_id(), content)
        with ThreadPoolExecutor(8) as threads:
            assert all(got == content for got in threads.map(lambda _number: stored(store, digest), range(16)))

    def test_deleted_blobs_are_gone(self, store: Store) -> None:
        first, second, third = (push(store, new_id(), content) for content in (b"1", b"2", b"3"))
        assert store.delete([first, second]) == {first, second}
        assert store.size(first) is None
        with pytest.raises(NotStored):
            store.read(second)
        assert stored(store, third) == b"3"

    def test_what_is_not_there_counts_as_deleted(self, store: Store) -> None:
        missing = Digest.of(b"missing")
        there = push(store, new_id(), b"there")
        assert store.delete([missing, there]) == {missing, there}
        assert store.delete([missing, there]) == {missing, there}
        assert store.delete([]) == set()

    def test_a_deleted_blob_can_be_pushed_again(self, store: Store) -> None:
        digest = push(store, new_id(), b"again")
        store.delete([digest])
        push(store, new_id(), b"again")
        assert stored(store, digest) == b"again"

    def test_deleting_one_blob_spares_its_neighbours(self, store: Store) -> None:
        neighbours = [push(store, new_id(), content) for content in _same_folder(3)]
        assert len({digest.encoded[:2] for digest in neighbours}) == 1
        store.delete(neighbours[:1])
        assert [store.size(digest) is None for digest in neighbours] == [True, False, False]

    def test_deleting_a_blob_spares_an_upload_of_the_same_bytes(self, store: Store) -> None:
        digest = push(store, new_id(), b"same")
        upload = new_id()
        state = append(store, upload, store.begin(upload), b"same")
        store.delete([digest])
        store.commit(upload, state, digest)
        assert stored(store, digest) == b"same"

    def test_more_than_a_thousand_blobs_are_deleted_at_once(self, store: Store) -> None:
        there = [push(store, new_id(), str(number).encode()) for number in range(12)]
        missing = [Digest.of(b"missing %d" % number) for number in range(2100)]
        # What is there stands at the front, across the border of a batch, and at the end.
        wanted = there[:4] + missing[:994] + there[4:8] + missing[994:] + there[8:]
        assert store.delete(iter(wanted)) == set(wanted)
        assert [store.size(digest) for digest in there] == [None] * len(there)

    def test_pushes_and_deletions_of_one_digest_at_once(self, new_store: Callable[[], Store]) -> None:
        digest = Digest.of(b"contended")

        def one(number: int) -> None:
            store = new_store()
            if number % 2:
                with suppress(StoreUnavailable):  # a deletion at the same moment
                    push(store, new_id(), b"contended")
            else:
                assert store.delete([digest]) == {digest}

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(one, range(200)))
        push(new_store(), new_id(), b"contended")
        assert stored(new_store(), digest) == b"contended"

    def test_a_walk_finds_every_blob_once(self, store: Store) -> None:
        assert list(store.walk()) == []
        before = datetime.now(tz=UTC) - timedelta(minutes=1)
        wanted = {
            push(store, new_id(), content, algorithm): len(content)
            for content, algorithm in (
                (b"", "sha256"),
                (b"one", "sha256"),
                (b"one", "sha512"),
                (some_bytes(70), "sha256"),
            )
        }
        append(store, new_id(), store.begin(new_id()), b"an upload on its way")
        found = list(store.walk())
        assert len(found) == len(wanted)
        assert {blob.digest: blob.size for blob in found} == wanted
        assert all(before < blob.written_at < before + timedelta(hours=1) for blob in found)

    def test_a_walk_does_not_find_what_was_deleted(self, store: Store) -> None:
        gone, kept = push(store, new_id(), b"gone"), push(store, new_id(), b"kept")
        store.delete([gone])
        assert [blob.digest for blob in store.walk()] == [kept]


def _same_folder(count: int) -> list[bytes]:
    """Contents whose digests begin with the same two digits."""
    found: dict[str, list[bytes]] = {}
    for number in range(10_000):
        content = b"%d" % number
        group = found.setdefault(Digest.of(content).encoded[:2], [])
        group.append(content)
        if len(group) == count:
            return group
    raise AssertionError("unreachable: there are only 256 groups")
