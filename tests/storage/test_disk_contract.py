"""The disk keeps every promise of the contract."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from registry_api.storage.contract import Store
from registry_api.storage.disk import DiskStore
from tests.storage.blob_contract import BlobContract
from tests.storage.sweep_contract import SweepContract
from tests.storage.upload_contract import UploadContract


@pytest.fixture
def new_store(tmp_path: Path) -> Callable[[], Store]:
    return lambda: DiskStore(str(tmp_path / "store"))


@pytest.fixture
def store(new_store: Callable[[], Store]) -> Store:
    return new_store()


class TestUploads(UploadContract):
    pass


class TestBlobs(BlobContract):
    pass


class TestSweep(SweepContract):
    pass
