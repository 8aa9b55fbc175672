"""Kinds of jobs for the tests of what all jobs share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jobs.framework import kinds
from jobs.framework.kinds import Kind
from jobs.framework.run import Run
from tests.support.jobs import run_now

__all__ = ["run_now"]

MakeKind = Callable[..., Kind]


@pytest.fixture
def make_kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeKind]:
    """Registers a kind that does what the test says, for as long as the test lasts."""
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))

    def make(work: Callable[[Run], None] = lambda run: None, name: str = "TEST", **options: Any) -> Kind:
        return kinds.register(Kind(name, work, **options))

    yield make
