"""Finding repositories, and the catalog."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

from registry_api import sql


class Lock(StrEnum):
    """How a transaction holds a repository. Pushes never wait for each other, but for deletes, and deletes for all.

    So no manifest can be taken whose blob, child or own row is being deleted at that moment. PostgreSQL only: SQLite
    has one writer at a time.
    """

    NONE = ""
    PUSH = " FOR KEY SHARE OF r"
    DELETE = " FOR UPDATE OF r"


class RepositoryRow(NamedTuple):
    """``push_time`` as the database stores it, None until the first manifest has come; ``storage_limit`` is that of
    its project, in bytes, -1 for none; ``has_tag_rules``: whether the project has rules that fix tags."""

    id: int
    project_id: int
    push_time: Any
    storage_limit: int
    has_tag_rules: bool


BY_NAME = (
    "SELECT r.id, r.project_id, r.push_time, p.storage_limit,"
    " EXISTS (SELECT 1 FROM registry_api_immutablerule i WHERE i.project_id = p.id AND NOT i.disabled)"
    " FROM registry_api_repository r JOIN accounts_project p ON p.id = r.project_id WHERE r.name = %s"
)
BY_ID = "SELECT r.id, r.project_id FROM registry_api_repository r WHERE r.id IN"


def find_repository(name: str, lock: Lock = Lock.NONE) -> RepositoryRow | None:
    """With a ``lock``: inside a transaction, before anything else that it locks."""
    return ask_repository(name, lock)()


def ask_repository(name: str, lock: Lock = Lock.NONE) -> Callable[[], RepositoryRow | None]:
    """The same; what is asked next sees the repository locked, and is not kept waiting for the answer."""
    asked = sql.ask(BY_NAME + lock, [name])

    def answer() -> RepositoryRow | None:
        found = asked()
        return RepositoryRow(*found[0]) if found else None

    return answer


def lock_repositories(ids: list[int]) -> dict[int, int]:
    """As a push does, in the order of their ids; the project of each, without those that are gone."""
    held: dict[int, int] = {}
    for part in sql.batches(ids):
        held.update(sql.rows(f"{BY_ID} ({sql.placeholders(len(part))}) ORDER BY r.id {Lock.PUSH}", part))
    return held


def catalog_page(after: str, count: int) -> list[str]:
    """Up to ``count`` repository names that sort after ``after``, by byte (OCI: catalog, a Docker extension)."""
    found = sql.rows(
        "SELECT name FROM registry_api_repository WHERE name > %s AND push_time IS NOT NULL ORDER BY name LIMIT %s",
        [after, count],
    )
    return [name for (name,) in found]
