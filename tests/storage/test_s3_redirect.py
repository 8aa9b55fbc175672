"""Clients that fetch blobs from the object store themselves."""

from __future__ import annotations

import pytest
import requests
from storages.backends.s3 import S3Storage

from registry_api.oci.digest import Digest
from registry_api.storage.contract import Redirect
from registry_api.storage.s3 import S3Store
from tests.storage.bodies import push, some_bytes
from tests.support.seaweedfs import SeaweedFS

pytestmark = pytest.mark.slow

CONTENT = some_bytes(100_000)


@pytest.fixture
def store(seaweedfs: SeaweedFS, bucket: str) -> S3Store:
    return S3Store(S3Storage(**seaweedfs.storage_options(bucket, "redirects")), redirect_lifetime=60)


@pytest.fixture
def digest(store: S3Store, upload_id: str) -> Digest:
    return push(store, upload_id, CONTENT)


def test_it_works(store: S3Store, digest: Digest) -> None:
    answer = store.answer(digest, media_type="application/vnd.oci.image.layer.v1.tar+gzip")
    assert isinstance(answer, Redirect)
    got = requests.get(answer.url, timeout=10)
    assert (got.status_code, got.content) == (200, CONTENT)
    assert got.headers["Content-Type"] == "application/vnd.oci.image.layer.v1.tar+gzip"
    assert "Content-Disposition" not in got.headers


def test_a_head_request(store: S3Store, digest: Digest) -> None:
    answer = store.answer(digest, method="HEAD")
    assert isinstance(answer, Redirect)
    got = requests.head(answer.url, timeout=10)
    assert (got.status_code, got.headers["Content-Length"]) == (200, str(len(CONTENT)))


def test_a_part(store: S3Store, digest: Digest) -> None:
    answer = store.answer(digest)
    assert isinstance(answer, Redirect)
    got = requests.get(answer.url, headers={"Range": "bytes=10-19"}, timeout=10)
    assert (got.status_code, got.content) == (206, CONTENT[10:20])


def test_a_file_name(store: S3Store, digest: Digest) -> None:
    answer = store.answer(digest, filename='a "name".tgz')
    assert isinstance(answer, Redirect)
    got = requests.get(answer.url, timeout=10)
    assert got.headers["Content-Disposition"] == 'attachment; filename="a \\"name\\".tgz"'


def test_an_address_is_good_for_one_blob_only(store: S3Store, digest: Digest, seaweedfs: SeaweedFS) -> None:
    answer = store.answer(digest)
    assert isinstance(answer, Redirect)
    other = Digest.of(b"other")
    assert requests.get(answer.url.replace(digest.encoded, other.encoded), timeout=10).status_code == 403
    assert requests.get(answer.url.partition("?")[0], timeout=10).status_code == 403
    assert requests.put(answer.url, data=b"poison", timeout=10).status_code == 403


def test_switched_off(seaweedfs: SeaweedFS, bucket: str, digest: Digest) -> None:
    store = S3Store(S3Storage(**seaweedfs.storage_options(bucket, "redirects")))
    assert store.answer(digest) is None
    assert b"".join(store.read(digest)) == CONTENT
