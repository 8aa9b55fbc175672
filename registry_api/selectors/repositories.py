"""Finding repositories, and the catalog."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from registry_api import sql


class RepositoryRow(NamedTuple):
    id: int
    project_id: int


def find_repository(name: str) -> RepositoryRow | None:
    found = sql.row("SELECT id, project_id FROM registry_api_repository WHERE name = %s", [name])
    return RepositoryRow(*found) if found else None


def catalog_page(after: str, count: int) -> list[str]:
    """Up to ``count`` repository names that sort after ``after``, by byte (OCI: catalog, a Docker extension)."""
    found = sql.rows(
        "SELECT name FROM registry_api_repository WHERE name > %s AND push_time IS NOT NULL ORDER BY name LIMIT %s",
        [after, count],
    )
    return [name for (name,) in found]


def pushed_at(repository_id: int) -> datetime | None:
    found = sql.row("SELECT push_time FROM registry_api_repository WHERE id = %s", [repository_id])
    return found[0] if found else None
