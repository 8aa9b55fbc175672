"""The stores under test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.support.seaweedfs import SeaweedFS


@pytest.fixture(scope="session")
def object_store() -> Iterator[SeaweedFS]:
    """A running object store, for all tests together."""
    with SeaweedFS() as server:
        yield server


@pytest.fixture(scope="session")
def bucket(object_store: SeaweedFS) -> str:
    """A bucket that tests share, each below a prefix of its own."""
    return object_store.create_bucket()


@pytest.fixture
def upload_id() -> str:
    """A name for an upload."""
    return str(uuid.uuid4())
