"""Storage quota of projects, kept by append-only deltas.

Harbor updates one row for each push and retries on conflict; parallel pushes into one project then wait for each other.
Here a push appends what it added, and a job folds the deltas into one row.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from django.db import transaction

from accounts.configuration.present import configured
from registry_api import sql
from registry_api.selectors.usage import used_by
from registry_api.services.quota_news import (
    Push,
    Refused,
    forget_ended_warnings,
    human,
    tells_refusals,
    warn_if_nearly_full,
)

__all__ = [
    "UNLIMITED",
    "Push",
    "Quota",
    "add_usage",
    "fold_usage",
    "quota_of",
    "require_room",
    "room_in",
    "tells_refusals",
]

UNLIMITED = -1
QUOTA = f"SELECT p.storage_limit, {used_by('p.id')} FROM accounts_project p WHERE p.id = %s"  # noqa: S608 - constants only
# Below this distance to the limit, pushes of one project are checked one after the other.
NARROW = 64 << 20


class Holder(Protocol):
    """What counts for a project: a repository's row, or an upload's. ``storage_limit`` is in bytes, -1 for none."""

    @property
    def project_id(self) -> int: ...
    @property
    def storage_limit(self) -> int: ...


class Quota(NamedTuple):
    """Both in bytes; ``limit`` is :data:`UNLIMITED` where there is none."""

    limit: int
    used: int

    @property
    def remaining(self) -> int | None:
        """Bytes that may still come; None where there is no limit."""
        return None if self.limit == UNLIMITED else max(0, self.limit - self.used)


def quota_of(project_id: int) -> Quota:
    found = sql.row(QUOTA, [project_id])
    return Quota(int(found[0]), int(found[1])) if found else Quota(UNLIMITED, 0)


def add_usage(row: Holder, amount: int, push: Push | None = None) -> None:
    """Counts ``amount`` bytes (negative: freed) inside the caller's transaction.

    Raises Denied when the project's limit does not allow it. Call it last in the transaction: near the limit it takes
    a lock that lasts until the commit.
    """
    if amount == 0:
        return
    if amount > 0:
        quota = require_room(row, amount, push=push)
        if quota and push:
            warn_if_nearly_full(row.project_id, quota.limit, quota.used + amount, push)
    sql.send("INSERT INTO registry_api_usagedelta (project_id, amount) VALUES (%s, %s)", [row.project_id, amount])


def room_in(row: Holder, *, known: str = "") -> int | None:
    """Bytes that may still come; None where there is no limit.

    ``known`` is the digest that they are to have, where it is known: what the project holds already may come again.
    """
    if not _is_bounded(row):
        return None
    remaining = quota_of(row.project_id).remaining
    if remaining is None:
        return None  # the limit was lifted a moment ago
    return max(remaining, _held_size(row.project_id, known)) if known else remaining


def require_room(row: Holder, amount: int, *, known: str = "", push: Push | None = None) -> Quota | None:
    """What there is as yet, None where it does not matter. Raises Refused when ``amount`` more bytes exceed the limit.

    ``known`` is the digest of the blob they make up, where there is one: what the project holds already is free.
    """
    if not _is_bounded(row) or (known and _held_size(row.project_id, known) >= amount):
        return None
    quota = quota_of(row.project_id)
    if quota.limit == UNLIMITED:
        return None
    if quota.used + amount > quota.limit - NARROW and _take_turn(row.project_id):
        quota = quota_of(row.project_id)
    if quota.used + amount > quota.limit:
        raise Refused(
            f"adding {human(amount)} of storage resource, which when updated to current usage of {human(quota.used)}"
            f" will exceed the configured upper limit of {human(quota.limit)}.",
            row.project_id,
            push,
        )
    return quota


def _is_bounded(row: Holder) -> bool:
    return row.storage_limit != UNLIMITED and bool(configured("quota_per_project_enable"))


def _held_size(project_id: int, digest: str) -> int:
    """The size of a blob that the project holds; 0 where it does not."""
    found = sql.row(
        "SELECT b.size FROM registry_api_projectblob p JOIN registry_api_blob b ON b.id = p.blob_id"
        " WHERE p.project_id = %s AND b.digest = %s",
        [project_id, digest],
    )
    return int(found[0]) if found else 0


def _take_turn(project_id: int) -> bool:
    """Waits until no other transaction checks this project's last bytes."""
    return sql.take_turn(f"quota of project {project_id}")


def fold_usage() -> int:
    """Folds every delta into its project's row; the number of deltas folded. Safe beside pushes and beside itself."""
    folded = 0
    for (project_id,) in sql.rows("SELECT DISTINCT project_id FROM registry_api_usagedelta", []):
        folded += _fold_project(project_id)
    forget_ended_warnings()
    return folded


def _fold_project(project_id: int) -> int:
    with transaction.atomic():
        _take_turn(project_id)
        sql.send(
            "INSERT INTO registry_api_projectusage (project_id, used) VALUES (%s, 0)"
            " ON CONFLICT (project_id) DO NOTHING",
            [project_id],
        )
        last = sql.row("SELECT MAX(id) FROM registry_api_usagedelta WHERE project_id = %s", [project_id])
        if last is None or last[0] is None:
            return 0
        # DELETE … RETURNING decides which rows are counted: a delta that commits later has not been seen and stays.
        gone = sql.rows(
            "DELETE FROM registry_api_usagedelta WHERE project_id = %s AND id <= %s RETURNING amount",
            [project_id, last[0]],
        )
        sql.send(
            "UPDATE registry_api_projectusage SET used = used + %s WHERE project_id = %s",
            [sum(amount for (amount,) in gone), project_id],
        )
    return len(gone)
