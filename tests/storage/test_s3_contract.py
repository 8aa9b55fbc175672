"""An object store keeps every promise of the contract."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from storages.backends.s3 import S3Storage

from registry_api.storage.contract import Store
from registry_api.storage.s3 import S3Store
from tests.storage.blob_contract import BlobContract
from tests.storage.sweep_contract import SweepContract
from tests.storage.upload_contract import UploadContract
from tests.support.seaweedfs import SeaweedFS

pytestmark = pytest.mark.slow


@pytest.fixture
def store(seaweedfs: SeaweedFS, bucket: str) -> Store:
    # A place of its own in the bucket for every test.
    options = seaweedfs.storage_options(bucket, f"some/{uuid.uuid4()}")
    return S3Store(S3Storage(**options), redirect_lifetime=60)


@pytest.fixture
def new_store(store: Store) -> Callable[[], Store]:
    # A store keeps nothing of an upload, so that one object is as good as several, and quicker to have.
    return lambda: store


class TestUploads(UploadContract):
    pass


class TestBlobs(BlobContract):
    pass


class TestSweep(SweepContract):
    pass
