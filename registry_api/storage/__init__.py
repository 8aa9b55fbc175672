"""Where blob bytes are kept. `store` gives the configured one; contract.py says what every store promises."""

from __future__ import annotations

import os
from functools import cache

from registry_api.storage.contract import Store


@cache
def store() -> Store:
    """The store that Django's ``STORAGES["blobs"]`` names, built once in each process.

    Raises ImproperlyConfigured when no driver here can speak to that backend.
    """
    from django.core.exceptions import ImproperlyConfigured
    from django.core.files.storage import FileSystemStorage, storages

    backend = storages["blobs"]
    if isinstance(backend, FileSystemStorage):
        from registry_api.storage.disk import DiskStore

        return DiskStore(str(backend.location))
    raise ImproperlyConfigured(f'STORAGES["blobs"]: no driver for {type(backend).__name__}')


# Connections and threads of a store do not survive a fork.
os.register_at_fork(after_in_child=store.cache_clear)
