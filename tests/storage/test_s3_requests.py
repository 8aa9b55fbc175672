"""What is asked of an object store: bytes go there once, copies happen within it, and nothing is left behind."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from typing import Any

import pytest
from storages.backends.s3 import S3Storage

from registry_api.oci.digest import Digest
from registry_api.storage import layout
from registry_api.storage.contract import Interrupted, State, StoreUnavailable, UploadLost
from registry_api.storage.hashing import new_hasher
from registry_api.storage.s3 import S3Store
from tests.storage.bodies import append, broken_off, some_bytes, stored
from tests.support.seaweedfs import SeaweedFS

pytestmark = pytest.mark.slow

MIB = 1 << 20
SMALL = some_bytes(MIB)
LARGE = some_bytes(40 * MIB)


class Place:
    """A store below a prefix of its own, with everything that is asked of the object store written down."""

    def __init__(self, server: SeaweedFS, bucket: str) -> None:
        self.prefix = f"{uuid.uuid4()}/"
        self.bucket = bucket
        self.client = server.client()
        storage = S3Storage(**server.storage_options(bucket, self.prefix))
        self.store = S3Store(storage, redirect_lifetime=60)
        self.asked: Counter[str] = Counter()
        storage.connection.meta.client.meta.events.register("before-call.s3.*", self._note)

    def _note(self, model: Any, **_options: Any) -> None:
        self.asked[model.name] += 1

    def take_asked(self) -> dict[str, int]:
        """What was asked since the last time."""
        asked = dict(self.asked)
        self.asked.clear()
        return asked

    def objects(self) -> set[str]:
        """The paths of all objects."""
        found = self.client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix).get("Contents", ())
        return {entry["Key"].removeprefix(self.prefix) for entry in found}

    def multiparts(self) -> int:
        """How many multipart uploads are open."""
        answer = self.client.list_multipart_uploads(Bucket=self.bucket)
        return sum(entry["Key"].startswith(self.prefix) for entry in answer.get("Uploads", ()))


@pytest.fixture
def place(seaweedfs: SeaweedFS, bucket: str) -> Place:
    return Place(seaweedfs, bucket)


def recorded(state: State) -> State:
    """The state after it went through a database."""
    loaded: State = json.loads(json.dumps(state))
    return loaded


def test_a_small_blob_in_one_request_is_one_put(place: Place, upload_id: str) -> None:
    digest = Digest.of(SMALL)
    state = append(place.store, upload_id, place.store.begin(upload_id), SMALL, expected=digest)
    assert place.take_asked() == {}
    place.store.commit(upload_id, state, digest)
    assert place.take_asked() == {"PutObject": 1}
    assert place.objects() == {layout.blob_path(digest)}


def test_a_small_blob_in_two_requests_is_copied_within_the_store(place: Place, upload_id: str) -> None:
    digest = Digest.of(SMALL)
    state = recorded(append(place.store, upload_id, place.store.begin(upload_id), SMALL))
    assert place.take_asked() == {"PutObject": 1}
    place.store.commit(upload_id, state, digest)
    assert place.take_asked() == {"CopyObject": 1, "DeleteObjects": 1}
    assert place.objects() == {layout.blob_path(digest)}


def test_a_large_blob_in_one_request_is_not_copied(place: Place, upload_id: str) -> None:
    digest = Digest.of(LARGE)
    state = append(place.store, upload_id, place.store.begin(upload_id), LARGE, expected=digest)
    assert place.take_asked() == {"CreateMultipartUpload": 1, "UploadPart": 2}
    assert place.objects() == set()
    place.store.commit(upload_id, state, digest)
    assert place.take_asked() == {"UploadPart": 1, "CompleteMultipartUpload": 1, "HeadObject": 1}
    assert place.objects() == {layout.blob_path(digest)}
    assert stored(place.store, digest) == LARGE


def test_a_large_blob_in_two_requests_is_joined_within_the_store(place: Place, upload_id: str) -> None:
    digest = Digest.of(LARGE)
    state = recorded(append(place.store, upload_id, place.store.begin(upload_id), LARGE))
    assert place.take_asked() == {"PutObject": 3}
    place.store.commit(upload_id, state, digest)
    assert place.take_asked() == {
        "CreateMultipartUpload": 1,
        "UploadPartCopy": 3,
        "CompleteMultipartUpload": 1,
        "HeadObject": 1,
        "DeleteObjects": 1,
    }
    assert place.objects() == {layout.blob_path(digest)}
    assert stored(place.store, digest) == LARGE


def test_a_short_rest_is_replaced_and_deleted(place: Place, upload_id: str) -> None:
    state = place.store.begin(upload_id)
    for number in range(12):
        state = recorded(append(place.store, upload_id, state, some_bytes(MIB, seed=number)))
    content = b"".join(some_bytes(MIB, seed=number) for number in range(12))
    place.store.commit(upload_id, state, Digest.of(content))
    assert place.objects() == {layout.blob_path(Digest.of(content))}
    assert stored(place.store, Digest.of(content)) == content


def test_an_abort_leaves_nothing(place: Place, upload_id: str) -> None:
    digest = Digest.of(LARGE + SMALL)
    first = append(place.store, upload_id, place.store.begin(upload_id), SMALL)
    # A request that was killed before its state was recorded.
    append(place.store, upload_id, first, LARGE)
    place.store.abort(upload_id, recorded(first))
    assert (place.objects(), place.multiparts()) == (set(), 0)
    with pytest.raises(Interrupted) as stopped:
        place.store.append(
            upload_id,
            place.store.begin(upload_id),
            broken_off(LARGE),
            new_hasher("sha256"),
            length=len(LARGE + SMALL),
            expected=digest,
        )
    assert place.multiparts() == 1
    place.store.abort(upload_id, recorded(stopped.value.state))
    assert (place.objects(), place.multiparts()) == (set(), 0)


def test_an_abort_of_what_was_only_held(place: Place, upload_id: str) -> None:
    for content in (SMALL, LARGE):
        state = append(place.store, upload_id, place.store.begin(upload_id), content, expected=Digest.of(content))
        place.store.abort(upload_id, recorded(state))
        assert (place.objects(), place.multiparts()) == (set(), 0)


def test_bytes_that_were_only_held_are_not_taken_for_stored(place: Place, upload_id: str) -> None:
    for content in (SMALL, LARGE):
        digest = Digest.of(content)
        state = append(place.store, upload_id, place.store.begin(upload_id), content, expected=digest)
        # The request ended without the commit, and somebody recorded the state all the same.
        for attempt in (
            lambda: place.store.commit(upload_id, recorded(state), digest),  # noqa: B023
            lambda: append(place.store, upload_id, recorded(state), b"more"),  # noqa: B023
            lambda: list(place.store.read_upload(upload_id, recorded(state))),  # noqa: B023
        ):
            with pytest.raises(UploadLost):
                attempt()
        assert place.store.size(digest) is None


def test_another_digest_than_the_named_one(place: Place, upload_id: str) -> None:
    named, real = Digest.of(b"something else"), Digest.of(LARGE)
    state = append(place.store, upload_id, place.store.begin(upload_id), LARGE, expected=named)
    with pytest.raises(UploadLost):
        place.store.commit(upload_id, state, real)
    assert place.store.size(named) is None
    assert place.store.size(real) is None
    place.store.abort(upload_id, state)
    assert (place.objects(), place.multiparts()) == (set(), 0)


@pytest.mark.parametrize("named", [True, False], ids=["digest named", "digest not named"])
def test_a_refused_body_leaves_nothing(place: Place, upload_id: str, named: bool) -> None:
    before = append(place.store, upload_id, place.store.begin(upload_id), b"first")
    there = place.objects()
    expected = Digest.of(LARGE) if named else None
    with pytest.raises(Exception, match="stopped after 0 bytes"):
        place.store.append(
            upload_id, before, broken_off(LARGE), new_hasher("sha256"), limit=len(LARGE) - 1, expected=expected
        )
    assert (place.objects(), place.multiparts()) == (there, 0)


def test_a_join_that_fails_leaves_no_multipart_upload(place: Place, upload_id: str) -> None:
    state = append(place.store, upload_id, place.store.begin(upload_id), LARGE)
    name, _size = state["pieces"][1]
    place.client.delete_object(Bucket=place.bucket, Key=place.prefix + layout.piece_path(upload_id, name))
    with pytest.raises(UploadLost):
        place.store.commit(upload_id, state, Digest.of(LARGE))
    assert place.multiparts() == 0
    assert place.store.size(Digest.of(LARGE)) is None


def test_pieces_that_cannot_be_deleted_do_not_undo_a_commit(
    place: Place, upload_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = append(place.store, upload_id, place.store.begin(upload_id), SMALL)

    def refuse(paths: object) -> tuple[set[str], StoreUnavailable]:
        return set(), StoreUnavailable("not now")

    with monkeypatch.context() as patch:
        patch.setattr(place.store._bucket, "delete", refuse)
        place.store.commit(upload_id, state, Digest.of(SMALL))
    assert stored(place.store, Digest.of(SMALL)) == SMALL
    assert len(place.objects()) == 2
    assert place.store.sweep_uploads(-60, lambda upload: False) == 1
    assert place.objects() == {layout.blob_path(Digest.of(SMALL))}


def test_a_late_request_cannot_change_what_is_committed(place: Place, upload_id: str) -> None:
    before = append(place.store, upload_id, place.store.begin(upload_id), b"first")
    ours = append(place.store, upload_id, before, LARGE)
    # Another request with the same old state, whose claim was taken away long ago, still sends.
    append(place.store, upload_id, before, some_bytes(len(LARGE), seed=1))
    place.store.commit(upload_id, ours, Digest.of(b"first" + LARGE))
    assert stored(place.store, Digest.of(b"first" + LARGE)) == b"first" + LARGE


def test_more_than_a_thousand_deletions_are_few_requests(place: Place) -> None:
    digests = [Digest.of(b"%d" % number) for number in range(2500)]
    place.take_asked()
    assert place.store.delete(digests) == set(digests)
    assert place.take_asked() == {"DeleteObjects": 3}


def test_an_old_multipart_upload_is_aborted(place: Place, upload_id: str) -> None:
    digest = Digest.of(LARGE)
    # The process died between the parts and their completion.
    append(place.store, upload_id, place.store.begin(upload_id), LARGE, expected=digest)
    assert place.multiparts() == 1
    assert place.store.sweep_uploads(3600, lambda upload: False) == 0
    assert place.multiparts() == 1
    assert place.store.sweep_uploads(-60, lambda upload: True) == 1
    assert place.multiparts() == 0


def test_multipart_uploads_of_others_are_not_aborted(place: Place) -> None:
    key = f"{place.prefix}somebody/else"
    other = place.client.create_multipart_upload(Bucket=place.bucket, Key=key)
    assert place.store.sweep_uploads(-60, lambda upload: False) == 0
    assert place.multiparts() == 1
    place.client.abort_multipart_upload(Bucket=place.bucket, Key=key, UploadId=other["UploadId"])


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_an_append_after_the_last_one_is_a_mistake(place: Place, upload_id: str, content: bytes) -> None:
    state = append(place.store, upload_id, place.store.begin(upload_id), content, expected=Digest.of(content))
    with pytest.raises(ValueError, match="the last one"):
        append(place.store, upload_id, state, b"more")
