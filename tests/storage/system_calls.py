"""The system calls by which a disk store changes things, watched and cut off one by one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from typing import Any

import pytest

from registry_api.storage import linux

CHANGING = ("mkdir", "open", "pwrite", "ftruncate", "fsync", "rename", "close", "unlink", "rmdir")

Event = tuple[str, str]
"""A system call and the path it was about (of a rename: where to)."""


class Watch:
    """Every call of ``os`` that changes something: written down, and handed to ``before`` with its number (from 1)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, before: Callable[[int, str], None] | None = None) -> None:
        self.events: list[Event] = []
        self._before = before or (lambda number, name: None)
        for name in CHANGING:
            monkeypatch.setattr(os, name, self._watched(name, getattr(os, name)))
        monkeypatch.setattr(fcntl, "flock", self._watched("flock", fcntl.flock))
        monkeypatch.setattr(linux, "reserve", self._watched("reserve", linux.reserve))
        monkeypatch.setattr(linux, "start_writeback", self._watched("writeback", linux.start_writeback))

    def _watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            target = arguments[1] if name == "rename" else arguments[0]
            path = os.readlink(f"/proc/self/fd/{target}") if isinstance(target, int) else os.fspath(target)
            self.events.append((name, path))
            self._before(len(self.events), name)
            return function(*arguments, **options)

        return call
