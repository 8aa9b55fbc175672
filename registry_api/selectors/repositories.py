"""Finding repositories, and the catalog."""

from __future__ import annotations

from typing import Any, NamedTuple

from registry_api import sql


class RepositoryRow(NamedTuple):
    """``push_time`` as the database stores it; None until the first manifest has come."""

    id: int
    project_id: int
    push_time: Any


def find_repository(name: str) -> RepositoryRow | None:
    found = sql.row("SELECT id, project_id, push_time FROM registry_api_repository WHERE name = %s", [name])
    return RepositoryRow(*found) if found else None


def catalog_page(after: str, count: int) -> list[str]:
    """Up to ``count`` repository names that sort after ``after``, by byte (OCI: catalog, a Docker extension)."""
    found = sql.rows(
        "SELECT name FROM registry_api_repository WHERE name > %s AND push_time IS NOT NULL ORDER BY name LIMIT %s",
        [after, count],
    )
    return [name for (name,) in found]
