"""A process killed (-9) between any two requests to the object store."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from storages.backends.s3 import S3Storage

from registry_api.oci.digest import Digest
from registry_api.storage.contract import State
from registry_api.storage.s3 import S3Store
from tests.storage.bodies import append, some_bytes, stored
from tests.storage.children import kill_this_process, was_killed
from tests.support.seaweedfs import SeaweedFS

pytestmark = pytest.mark.slow

MIB = 1 << 20
CONTENT = some_bytes(21 * MIB)
DIGEST = Digest.of(CONTENT)

NewStore = Callable[[], S3Store]


@pytest.fixture
def new_store(seaweedfs: SeaweedFS, bucket: str) -> NewStore:
    options = seaweedfs.storage_options(bucket, str(uuid.uuid4()))
    return lambda: S3Store(S3Storage(**options))


def _killed_at(event: str, number: int, new_store: NewStore, action: Callable[[S3Store], object]) -> bool:
    """Do ``action`` in a child that is killed at this request to the object store: before or after it is sent."""

    def watched() -> None:
        store = new_store()
        left = iter(range(1, 100))

        def count(**_options: Any) -> None:
            if next(left) == number:
                kill_this_process()

        store._bucket._client.meta.events.register(f"{event}.s3.*", count)
        action(store)

    return was_killed(watched)


def _recorded(state: State) -> State:
    loaded: State = json.loads(json.dumps(state))
    return loaded


@pytest.mark.parametrize("event", ["before-call", "after-call"])
@pytest.mark.parametrize("size", [MIB, len(CONTENT)], ids=["small", "large"])
def test_killed_at_every_request_of_a_commit(new_store: NewStore, event: str, size: int) -> None:
    content = CONTENT[:size]
    digest = Digest.of(content)
    survived = False
    for number in range(1, 20):
        store = new_store()
        store.delete([digest])
        upload_id = str(uuid.uuid4())
        state = _recorded(append(store, upload_id, store.begin(upload_id), content))
        survived = not _killed_at(
            event,
            number,
            new_store,
            lambda child: child.commit(upload_id, state, digest),  # noqa: B023
        )
        assert store.size(digest) in (None, size)
        store.commit(upload_id, state, digest)
        assert stored(store, digest) == content
        if survived:
            break
    assert survived
    assert number > 2
    assert _nothing_left(new_store())


@pytest.mark.parametrize("event", ["before-call", "after-call"])
@pytest.mark.parametrize("expected", [DIGEST, None], ids=["digest named", "digest not named"])
def test_killed_at_every_request_of_an_append(new_store: NewStore, event: str, expected: Digest | None) -> None:
    store = new_store()
    upload_id = str(uuid.uuid4())
    recorded = _recorded(append(store, upload_id, store.begin(upload_id), CONTENT[:MIB]))
    survived = False
    for number in range(1, 20):
        survived = not _killed_at(
            event,
            number,
            new_store,
            lambda child: append(child, upload_id, recorded, CONTENT[MIB:], expected=expected),
        )
        assert b"".join(store.read_upload(upload_id, recorded)) == CONTENT[:MIB]
        assert store.size(DIGEST) is None
        if survived:
            break
    assert survived
    assert number > 2
    state = append(store, upload_id, recorded, CONTENT[MIB:], expected=expected)
    store.commit(upload_id, state, DIGEST)
    assert stored(store, DIGEST) == CONTENT
    assert _nothing_left(new_store())


def _nothing_left(store: S3Store) -> bool:
    """Whether one sweep finds all that the killed ones left."""
    store.sweep_uploads(-60, lambda upload: False)
    return store.sweep_uploads(-60, lambda upload: False) == 0
