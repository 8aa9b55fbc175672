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
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.files.storage import FileSystemStorage, storages

    backend = storages["blobs"]
    if isinstance(backend, FileSystemStorage):
        from registry_api.storage.disk import DiskStore

        return DiskStore(str(backend.location))
    if hasattr(backend, "bucket_name"):
        # boto3 is large and slow to import: only those who use it pay for it.
        from registry_api.storage.s3 import S3Store

        return S3Store(backend, redirect_lifetime=settings.STORAGE_REDIRECT_LIFETIME * settings.STORAGE_REDIRECT)
    raise ImproperlyConfigured(f'STORAGES["blobs"]: no driver for {type(backend).__name__}')


# Connections and threads of a store do not survive a fork.
os.register_at_fork(after_in_child=store.cache_clear)
