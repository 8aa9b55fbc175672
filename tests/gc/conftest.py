"""A store of its own for each test, so that a collection touches the bytes of no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, storages
from pytest_django import Settings

from registry_api import storage
from registry_api.storage.contract import Store

Use = Callable[[type, dict[str, Any]], Store]


@pytest.fixture
def use_store(settings: Settings) -> Iterator[Use]:
    """The store of this process from now on, as settings would have it."""

    def use(backend: type, options: dict[str, Any]) -> Store:
        described = {"BACKEND": f"{backend.__module__}.{backend.__qualname__}", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "blobs": described}
        assert isinstance(storages["blobs"], backend)
        storage.store.cache_clear()
        return storage.store()

    yield use
    storage.store.cache_clear()


@pytest.fixture
def store(use_store: Use, tmp_path: Path) -> Store:
    return use_store(FileSystemStorage, {"location": str(tmp_path / "blobs")})
