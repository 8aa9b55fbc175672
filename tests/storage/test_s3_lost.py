"""An object store that vanishes: a clear error, nothing acknowledged that is not stored, and it goes on afterwards."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest
from botocore.config import Config
from storages.backends.s3 import S3Storage

from registry_api.oci.digest import Digest
from registry_api.storage.contract import Store, StoreUnavailable
from registry_api.storage.hashing import new_hasher
from registry_api.storage.s3 import S3Store
from tests.storage.bodies import Body, append, push, some_bytes, stored
from tests.support.seaweedfs import SeaweedFS

pytestmark = pytest.mark.slow

MIB = 1 << 20
LARGE = some_bytes(40 * MIB)


@pytest.fixture(scope="module")
def server() -> Iterator[SeaweedFS]:
    """One that may be stopped."""
    with SeaweedFS() as server:
        yield server


@pytest.fixture
def store(server: SeaweedFS) -> Store:
    impatient = Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"mode": "standard", "total_max_attempts": 2},
        signature_version="s3v4",
        s3={"addressing_style": "path"},
    )
    options = server.storage_options(server.create_bucket())
    return S3Store(S3Storage(**options, client_config=impatient), redirect_lifetime=60)


def _everything_fails(store: Store, digest: Digest) -> None:
    upload_id = str(uuid.uuid4())
    for attempt in (
        lambda: store.size(digest),
        lambda: store.read(digest),
        lambda: store.delete([digest]),
        lambda: store.check(),
        lambda: store.sweep_uploads(0, lambda upload: False),
        lambda: append(store, upload_id, store.begin(upload_id), b"content"),
        lambda: append(store, upload_id, store.begin(upload_id), LARGE, expected=Digest.of(LARGE)),
        lambda: store.commit(upload_id, store.begin(upload_id), Digest.of(b"")),
        lambda: store.abort(upload_id, store.begin(upload_id)),
    ):
        with pytest.raises(StoreUnavailable, match="object store"):
            attempt()


@pytest.mark.parametrize("named", [True, False], ids=["digest named", "digest not named"])
def test_lost_while_a_body_arrives(store: Store, server: SeaweedFS, upload_id: str, named: bool) -> None:
    there = push(store, str(uuid.uuid4()), b"was there before")
    recorded = json.loads(json.dumps(append(store, upload_id, store.begin(upload_id), b"recorded ")))
    digest = Digest.of(b"recorded " + LARGE)

    def stop(given: int) -> None:
        if given >= 20 * MIB:
            server.stop()

    try:
        with pytest.raises(StoreUnavailable, match="object store"):
            store.append(
                upload_id,
                recorded,
                Body(LARGE, step=MIB, before_each=stop),
                new_hasher("sha256"),
                length=len(LARGE),
                expected=digest if named else None,
            )
        _everything_fails(store, there)
    finally:
        server.start()
    assert stored(store, there) == b"was there before"
    assert store.size(digest) is None
    store.commit(upload_id, append(store, upload_id, recorded, LARGE), digest)
    assert stored(store, digest) == b"recorded " + LARGE


@pytest.mark.parametrize("named", [True, False], ids=["digest named", "digest not named"])
@pytest.mark.parametrize("content", [LARGE[:MIB], LARGE], ids=["small", "large"])
def test_silent_at_the_commit(store: Store, server: SeaweedFS, upload_id: str, content: bytes, named: bool) -> None:
    digest = Digest.of(content)
    state = append(store, upload_id, store.begin(upload_id), content, expected=digest if named else None)
    server.pause()
    try:
        with pytest.raises(StoreUnavailable, match="object store"):
            store.commit(upload_id, state, digest)
    finally:
        server.resume()
    store.commit(upload_id, state, digest)
    assert stored(store, digest) == content


def test_silent_while_a_blob_is_read(store: Store, server: SeaweedFS) -> None:
    pieces = store.read(push(store, str(uuid.uuid4()), LARGE))
    first = next(pieces)
    server.pause()
    try:
        with pytest.raises(StoreUnavailable, match="object store"):
            while True:
                first += next(pieces)
    finally:
        server.resume()
    assert LARGE.startswith(first)


def test_a_bucket_that_is_not_there(server: SeaweedFS, upload_id: str) -> None:
    store = S3Store(S3Storage(**server.storage_options("no-such-bucket")))
    with pytest.raises(StoreUnavailable):
        store.check()


def test_wrong_credentials(server: SeaweedFS, upload_id: str) -> None:
    options = server.storage_options(server.create_bucket()) | {"secret_key": "wrong"}
    store = S3Store(S3Storage(**options))
    for attempt in (store.check, lambda: append(store, upload_id, store.begin(upload_id), b"content")):
        with pytest.raises(StoreUnavailable) as refused:
            attempt()
        assert "wrong" not in str(refused.value)


def test_an_address_where_nobody_listens() -> None:
    server = SeaweedFS()  # never started
    store = S3Store(S3Storage(**server.storage_options("bucket")))
    _everything_fails(store, Digest.of(b"content"))
