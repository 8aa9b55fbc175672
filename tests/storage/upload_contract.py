"""What every store promises about uploads. A test class inherits these and gives a ``store`` fixture."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from registry_api.oci.digest import Digest
from registry_api.storage.contract import (
    BadBody,
    Interrupted,
    State,
    Store,
    TooLong,
    UploadLost,
)
from registry_api.storage.hashing import new_hasher
from tests.storage.bodies import Body, append, broken_off, push, some_bytes, stored

MIB = 1 << 20
SIZES = (0, 1, 1000, MIB - 1, MIB, MIB + 1, 5 * MIB, 16 * MIB, 21 * MIB + 7)


def kept(state: State) -> State:
    """The state as it comes back from a database."""
    loaded: State = json.loads(json.dumps(state))
    return loaded


class UploadContract:
    """Uploads: begun, grown, taken up again, committed, aborted."""

    def test_a_blob_goes_in_and_comes_out(self, store: Store, upload_id: str) -> None:
        content = some_bytes(3 * MIB + 1)
        digest = push(store, upload_id, content)
        assert stored(store, digest) == content
        assert store.size(digest) == len(content)

    @pytest.mark.parametrize("known", [True, False], ids=["length known", "length unknown"])
    @pytest.mark.parametrize("named", [True, False], ids=["digest named", "digest not named"])
    @pytest.mark.parametrize("size", SIZES)
    def test_every_size_in_one_append(self, store: Store, upload_id: str, size: int, named: bool, known: bool) -> None:
        content = some_bytes(size)
        digest = Digest.of(content)
        hasher = new_hasher("sha256")
        state, taken = store.append(
            upload_id,
            store.begin(upload_id),
            Body(content, step=300_001),
            hasher,
            length=size if known else None,
            expected=digest if named else None,
        )
        assert (taken, state["offset"], hasher.hexdigest()) == (size, size, digest.encoded)
        assert store.size(digest) is None
        store.commit(upload_id, state, digest)
        assert store.size(digest) == size
        assert stored(store, digest) == content

    def test_an_upload_without_any_append_is_an_empty_blob(self, store: Store, upload_id: str) -> None:
        store.commit(upload_id, kept(store.begin(upload_id)), Digest.of(b""))
        assert store.size(Digest.of(b"")) == 0
        assert stored(store, Digest.of(b"")) == b""

    def test_an_empty_append_changes_nothing(self, store: Store, upload_id: str) -> None:
        state = append(store, upload_id, store.begin(upload_id), b"")
        state = append(store, upload_id, kept(state), b"abc")
        state = append(store, upload_id, kept(state), b"")
        store.commit(upload_id, kept(state), Digest.of(b"abc"))
        assert stored(store, Digest.of(b"abc")) == b"abc"

    def test_bytes_that_are_no_text(self, store: Store, upload_id: str) -> None:
        content = bytes(range(256)) * 3 + b"\x00\r\n\xff\xfe"
        assert stored(store, push(store, upload_id, content)) == content

    @pytest.mark.parametrize(
        "sizes",
        [
            (1, 1, 1),
            (5 * MIB, 1, 5 * MIB),
            (5 * MIB - 1, 5 * MIB - 1, 5 * MIB - 1, 3),
            (MIB,) * 12,
            (20 * MIB, 7, 20 * MIB, 0, 11),
        ],
        ids=["bytes", "exact parts", "just below a part", "small chunks", "large and small"],
    )
    @pytest.mark.parametrize("named", [True, False], ids=["digest named", "digest not named"])
    def test_an_upload_grows_over_several_requests(
        self, new_store: Callable[[], Store], upload_id: str, sizes: tuple[int, ...], named: bool
    ) -> None:
        content = some_bytes(sum(sizes))
        digest = Digest.of(content)
        state = new_store().begin(upload_id)
        hash_state = None
        position = 0
        for number, size in enumerate(sizes, 1):
            # Each request may come to another process, which knows nothing but what was recorded.
            store = new_store()
            hasher = new_hasher("sha256", hash_state)
            expected = digest if named and number == len(sizes) else None
            piece = content[position : position + size]
            state = append(store, upload_id, state, piece, hasher, expected=expected)
            position += size
            assert state["offset"] == position
            if expected is None:
                state, hash_state = kept(state), hasher.state()
        assert hasher.hexdigest() == digest.encoded
        store.commit(upload_id, state, digest)
        assert stored(store, digest) == content

    @pytest.mark.parametrize("arrived", [0, 1, 77_777, 5 * MIB, 17 * MIB + 3])
    @pytest.mark.parametrize("named", [True, False], ids=["digest named", "digest not named"])
    def test_a_body_that_breaks_off_keeps_what_arrived(
        self, new_store: Callable[[], Store], upload_id: str, arrived: int, named: bool
    ) -> None:
        content = some_bytes(arrived + 6 * MIB + 5)
        digest = Digest.of(content)
        expected = digest if named else None
        hasher = new_hasher("sha256")
        store = new_store()
        with pytest.raises(Interrupted) as stopped:
            store.append(
                upload_id,
                store.begin(upload_id),
                broken_off(content[:arrived], step=100_000),
                hasher,
                length=len(content),
                expected=expected,
            )
        state = kept(stopped.value.state)
        assert stopped.value.taken == state["offset"] == hasher.length == arrived
        store = new_store()
        hasher = new_hasher("sha256", hasher.state())
        state = append(store, upload_id, state, content[arrived:], hasher, expected=expected)
        assert hasher.hexdigest() == digest.encoded
        store.commit(upload_id, state, digest)
        assert stored(store, digest) == content

    def test_a_body_shorter_than_announced_is_interrupted(self, store: Store, upload_id: str) -> None:
        with pytest.raises(Interrupted) as stopped:
            store.append(upload_id, store.begin(upload_id), Body(b"abc"), new_hasher("sha256"), length=4)
        assert stopped.value.taken == 3

    def test_no_byte_is_read_beyond_the_length(self, store: Store, upload_id: str) -> None:
        body = Body(b"abcdef")
        state, taken = store.append(upload_id, store.begin(upload_id), body, new_hasher("sha256"), length=4)
        assert (taken, body.given) == (4, 4)
        store.commit(upload_id, state, Digest.of(b"abcd"))
        assert stored(store, Digest.of(b"abcd")) == b"abcd"

    @pytest.mark.parametrize("size", [4, 18 * MIB])
    @pytest.mark.parametrize("known", [True, False], ids=["length known", "length unknown"])
    def test_a_body_over_the_limit_leaves_the_upload_as_it_was(
        self, store: Store, upload_id: str, size: int, known: bool
    ) -> None:
        before = append(store, upload_id, store.begin(upload_id), b"first")
        body = Body(some_bytes(size))
        with pytest.raises(TooLong) as stopped:
            store.append(upload_id, before, body, new_hasher("sha256"), length=size if known else None, limit=size - 1)
        assert (stopped.value.state, stopped.value.taken) == (before, 0)
        assert not known or body.given == 0
        after = append(store, upload_id, kept(before), b"second")
        store.commit(upload_id, kept(after), Digest.of(b"firstsecond"))
        assert stored(store, Digest.of(b"firstsecond")) == b"firstsecond"

    @pytest.mark.parametrize("size", [0, 3, MIB, 2 * MIB])
    def test_a_body_exactly_at_the_limit_is_taken(self, store: Store, upload_id: str, size: int) -> None:
        _state, taken = store.append(
            upload_id, store.begin(upload_id), Body(some_bytes(size)), new_hasher("sha256"), limit=size
        )
        assert taken == size

    @pytest.mark.parametrize("size", [10, 18 * MIB])
    def test_a_badly_framed_body_leaves_the_upload_as_it_was(self, store: Store, upload_id: str, size: int) -> None:
        before = append(store, upload_id, store.begin(upload_id), b"first")
        with pytest.raises(BadBody):
            store.append(upload_id, before, Body(some_bytes(size), ending=BadBody), new_hasher("sha256"))
        after = append(store, upload_id, kept(before), b"second")
        store.commit(upload_id, kept(after), Digest.of(b"firstsecond"))
        assert stored(store, Digest.of(b"firstsecond")) == b"firstsecond"

    def test_bytes_beyond_the_recorded_offset_do_not_count(
        self, new_store: Callable[[], Store], upload_id: str
    ) -> None:
        recorded = kept(append(new_store(), upload_id, new_store().begin(upload_id), b"recorded, "))
        # A request whose process dies before it records anything: the bytes are there, the state is not.
        append(new_store(), upload_id, recorded, some_bytes(6 * MIB))
        state = append(new_store(), upload_id, recorded, b"and sent again")
        new_store().commit(upload_id, kept(state), Digest.of(b"recorded, and sent again"))
        assert stored(new_store(), Digest.of(b"recorded, and sent again")) == b"recorded, and sent again"

    def test_a_commit_cuts_off_what_was_never_recorded(self, new_store: Callable[[], Store], upload_id: str) -> None:
        recorded = kept(append(new_store(), upload_id, new_store().begin(upload_id), b"recorded"))
        append(new_store(), upload_id, recorded, b" and more")
        new_store().commit(upload_id, recorded, Digest.of(b"recorded"))
        assert stored(new_store(), Digest.of(b"recorded")) == b"recorded"

    @pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
    def test_what_was_taken_can_be_hashed_anew(self, store: Store, upload_id: str, algorithm: str) -> None:
        content = some_bytes(22 * MIB)
        digest = Digest.of(content, algorithm)
        state = append(store, upload_id, store.begin(upload_id), content[: 17 * MIB])
        state = append(store, upload_id, kept(state), content[17 * MIB :])
        hasher = new_hasher(algorithm)
        for piece in store.read_upload(upload_id, kept(state)):
            assert 0 < len(piece) <= MIB
            hasher.update(piece)
        assert hasher.hexdigest() == digest.encoded
        store.commit(upload_id, kept(state), digest)
        assert stored(store, digest) == content

    def test_a_digest_named_in_another_algorithm_can_still_be_verified(self, store: Store, upload_id: str) -> None:
        content = some_bytes(17 * MIB)
        digest = Digest.of(content, "sha512")
        state = append(store, upload_id, store.begin(upload_id), content, new_hasher("sha256"), expected=digest)
        assert b"".join(store.read_upload(upload_id, state)) == content
        store.commit(upload_id, state, digest)
        assert stored(store, digest) == content

    def test_an_upload_that_has_nothing_reads_as_nothing(self, store: Store, upload_id: str) -> None:
        assert list(store.read_upload(upload_id, store.begin(upload_id))) == []

    def test_a_state_whose_bytes_are_gone_is_lost(self, store: Store, upload_id: str) -> None:
        state = kept(append(store, upload_id, store.begin(upload_id), b"abc"))
        store.abort(upload_id, state)
        with pytest.raises(UploadLost):
            append(store, upload_id, state, b"def")
        with pytest.raises(UploadLost):
            store.commit(upload_id, state, Digest.of(b"abc"))
        with pytest.raises(UploadLost):
            list(store.read_upload(upload_id, state))
        assert store.size(Digest.of(b"abc")) is None

    def test_an_abort_may_come_twice_or_find_nothing(self, store: Store, upload_id: str) -> None:
        state = append(store, upload_id, store.begin(upload_id), some_bytes(6 * MIB))
        store.abort(upload_id, kept(state))
        store.abort(upload_id, kept(state))
        other = str(uuid.uuid4())
        store.abort(other, store.begin(other))

    def test_uploads_do_not_touch_each_other(self, store: Store) -> None:
        def one(number: int) -> bool:
            content = some_bytes(2 * MIB + number, seed=number)
            upload = str(uuid.uuid4())
            state = store.begin(upload)
            for start in range(0, len(content), 700_000):
                state = kept(append(store, upload, state, content[start : start + 700_000]))
            store.commit(upload, state, Digest.of(content))
            return stored(store, Digest.of(content)) == content

        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(one, range(16)))

    @pytest.mark.parametrize("name", ["", "..", "../" + "a" * 33, "A" * 8, str(uuid.uuid4()).upper(), "a/b"])
    def test_names_that_are_no_upload_ids_are_refused(self, store: Store, name: str) -> None:
        with pytest.raises(ValueError, match="upload id"):
            store.begin(name)
        with pytest.raises(ValueError, match="upload id"):
            append(store, name, {"offset": 0}, b"abc")
