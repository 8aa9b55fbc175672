"""Directories that a crash cannot take back: made once, made durable, remembered."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import PurePosixPath


class Directories:
    """The directories below ``root`` that this process knows to exist durably."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._known: set[str] = set()

    def ensure(self, path: str) -> str:
        """Make the relative ``path`` and its parents down from the root; returns the absolute path.

        Each level that this process has not met before is made when missing and its parent synced in either case:
        another process may have made it a moment ago and not synced it yet.
        """
        whole = f"{self._root}/{path}"
        if path not in self._known:
            self._ensure_root()
            parent = PurePosixPath()
            for part in PurePosixPath(path).parts:
                self._ensure_level(parent, part)
                parent /= part
        return whole

    def forget(self) -> None:
        """Look again from now on: somebody removed directories below the root."""
        self._known.clear()

    def _ensure_root(self) -> None:
        if "" in self._known:
            return
        missing = [self._root]
        while not os.path.isdir(parent := os.path.dirname(missing[-1])):
            missing.append(parent)
        os.makedirs(self._root, exist_ok=True)
        for directory in reversed(missing):
            # The folder above an installation's own may be one that we can pass but not read.
            with suppress(PermissionError):
                sync_directory(os.path.dirname(directory))
        self._known.add("")

    def _ensure_level(self, parent: PurePosixPath, name: str) -> None:
        path = str(parent / name)
        if path in self._known:
            return
        with suppress(FileExistsError):
            os.mkdir(f"{self._root}/{path}")
        sync_directory(f"{self._root}/{parent}")
        self._known.add(path)


def sync_directory(path: str) -> None:
    """Make the directory's entries durable. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
