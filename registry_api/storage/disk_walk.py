"""Finding all blobs of a disk, whether or not anybody knows of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from registry_api.storage import layout
from registry_api.storage.contract import StoredBlob
from registry_api.storage.disk_errors import disk_errors

DEPTH = 3  # folders between the root of the blobs and one's own: algorithm, first two digits, all digits


def walk_blobs(root: str) -> Iterator[StoredBlob]:
    """Folder by folder, so that no more than one folder's names are in memory. Raises StoreUnavailable."""
    for folder in _folders(f"{root}/{layout.BLOBS}", DEPTH):
        path = f"{folder}/data"
        digest = layout.digest_at(os.path.relpath(path, root))
        if digest is None:
            continue
        with disk_errors(), suppress(FileNotFoundError):
            found = os.stat(path)
            yield StoredBlob(digest, found.st_size, datetime.fromtimestamp(found.st_mtime, tz=UTC))


def _folders(path: str, depth: int) -> Iterator[str]:
    """Those so many levels below ``path``."""
    if depth == 0:
        yield path
        return
    with disk_errors():
        try:
            with os.scandir(path) as entries:
                names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except FileNotFoundError:
            return
    for name in names:
        yield from _folders(f"{path}/{name}", depth - 1)
