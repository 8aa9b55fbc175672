"""Finding repositories, and the catalog."""

from __future__ import annotations

from typing import Any, NamedTuple

from registry_api import sql


class RepositoryRow(NamedTuple):
    """``push_time`` as the database stores it, None until the first manifest has come; ``storage_limit`` is that of
    its project, in bytes, -1 for none."""

    id: int
    project_id: int
    push_time: Any
    storage_limit: int


def find_repository(name: str) -> RepositoryRow | None:
    found = sql.row(
        "SELECT r.id, r.project_id, r.push_time, p.storage_limit"
        " FROM registry_api_repository r JOIN accounts_project p ON p.id = r.project_id WHERE r.name = %s",
        [name],
    )
    return RepositoryRow(*found) if found else None


def catalog_page(after: str, count: int) -> list[str]:
    """Up to ``count`` repository names that sort after ``after``, by byte (OCI: catalog, a Docker extension)."""
    found = sql.rows(
        "SELECT name FROM registry_api_repository WHERE name > %s AND push_time IS NOT NULL ORDER BY name LIMIT %s",
        [after, count],
    )
    return [name for (name,) in found]
