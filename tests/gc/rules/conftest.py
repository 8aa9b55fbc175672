"""A registry in the test's own process and transaction."""

from __future__ import annotations

from tests.rest.conftest import (
    admin,
    nobody,
    owner,
    people,
    plain_static_files,
    project,
    user,
)

__all__ = ["admin", "nobody", "owner", "people", "plain_static_files", "project", "user"]
