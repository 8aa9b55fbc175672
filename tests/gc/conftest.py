"""A registry in the test's own process and transaction, with a store of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from registry_api import storage
from registry_api.storage.contract import Store
from tests.rest.conftest import (
    _quick_and_without_collected_files,
    admin,
    nobody,
    owner,
    people,
    project,
    user,
)

__all__ = ["_quick_and_without_collected_files", "admin", "nobody", "owner", "people", "project", "user"]


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> Iterator[Store]:
    """Empty, so that a collection touches the bytes of no other test."""
    settings.STORAGES = {
        **settings.STORAGES,
        "blobs": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "blobs")},
        },
    }
    storage.store.cache_clear()
    yield storage.store()
    storage.store.cache_clear()
