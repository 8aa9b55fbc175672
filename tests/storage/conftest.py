"""What several of the stores' tests need."""

from __future__ import annotations

import uuid

import pytest

from tests.support.seaweedfs import SeaweedFS


@pytest.fixture(scope="session")
def bucket(seaweedfs: SeaweedFS) -> str:
    """A bucket that tests share, each below a prefix of its own."""
    return seaweedfs.create_bucket()


@pytest.fixture
def upload_id() -> str:
    """A name for an upload."""
    return str(uuid.uuid4())
