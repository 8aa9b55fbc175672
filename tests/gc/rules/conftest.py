"""A registry in the test's own process and transaction."""

from __future__ import annotations

from tests.rest.conftest import (
    _without_collected_files,
    admin,
    nobody,
    owner,
    people,
    project,
    user,
)

__all__ = ["_without_collected_files", "admin", "nobody", "owner", "people", "project", "user"]
