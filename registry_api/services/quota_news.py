"""News of the quota: that a push was refused, and that a project is nearly full; each told once for a while."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import NamedTuple, ParamSpec, TypeVar

from django.db import DatabaseError
from django.utils import timezone

from registry_api import sql
from registry_api.events import QuotaExceeded, QuotaWarning, publish
from registry_api.events.outbox import WANTED
from registry_api.models import QuotaNotice
from registry_api.oci.errors import Denied
from registry_api.selectors.usage import NEARLY_FULL, used_by

# So often at the most a project's refused pushes are told of.
REFUSAL_PERIOD = timedelta(minutes=1)
NOTE = "INSERT INTO registry_api_quotanotice (project_id, kind, time) SELECT %s, %s, %s WHERE"
# A conflict locks the row, whether or not it is changed: pushes of which there is no news must not wait for each other.
UNLESS_TOLD = (
    "AND NOT EXISTS (SELECT 1 FROM registry_api_quotanotice n WHERE n.project_id = %s AND n.kind = %s AND n.time >= %s)"
    " ON CONFLICT (project_id, kind) DO UPDATE SET time = excluded.time"
    " WHERE registry_api_quotanotice.time < %s RETURNING 1"
)
# Warnings that are over: without a limit, or with the usage below the share of it again.
ENDED_WARNINGS = (
    "DELETE FROM registry_api_quotanotice WHERE kind = 'warning' AND EXISTS (SELECT 1 FROM accounts_project p"  # noqa: S608
    " WHERE p.id = registry_api_quotanotice.project_id"
    f" AND (p.storage_limit < 0 OR {used_by('p.id')} < p.storage_limit / 100 * %s))"
)

log = logging.getLogger("portolan.registry")
P = ParamSpec("P")
T = TypeVar("T")


class Push(NamedTuple):
    """What is pushed, and by whom, as far as news of the quota tell of it; ``repository`` is the full name."""

    operator: str
    repository: str
    digest: str = ""


class Refused(Denied):
    """The project has no room; :func:`tells_refusals` publishes that when nothing of the push is left."""

    def __init__(self, message: str, project_id: int, push: Push | None) -> None:
        super().__init__(message)
        self.project_id = project_id
        self.push = push


def tells_refusals(service: Callable[P, T]) -> Callable[P, T]:
    """A service that pushes. When the quota refuses it, that is published in a transaction after its own was undone."""

    @wraps(service)
    def telling(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return service(*args, **kwargs)
        except Refused as refusal:
            _tell(refusal)
            raise

    return telling


def _tell(refusal: Refused) -> None:
    push = refusal.push
    if push is None:
        return
    try:
        with sql.joined():
            if _is_news(QuotaExceeded.name(), refusal.project_id, QuotaNotice.Kind.EXCEEDED, REFUSAL_PERIOD):
                publish(_news(QuotaExceeded, refusal.project_id, push, refusal.message))
    except DatabaseError:
        # The client has to hear of the refusal in any case.
        log.exception("the refusal of a push to %s was not published", push.repository)


def warn_if_nearly_full(project_id: int, limit: int, used: int, push: Push) -> None:
    """``used`` is what the push has led to, inside its transaction; both in bytes."""
    if used < limit // 100 * NEARLY_FULL:
        return
    if _is_news(QuotaWarning.name(), project_id, QuotaNotice.Kind.WARNING, timedelta(days=36500)):
        message = f"quota usage reach {NEARLY_FULL}%: {human(used)} of {human(limit)} are used"
        publish(_news(QuotaWarning, project_id, push, message))


def _is_news(event: str, project_id: int, kind: QuotaNotice.Kind, period: timedelta) -> bool:
    """Whether somebody waits for the event and was not told within the period; from now on they were."""
    now = timezone.now()
    since = sql.stored(now - period)
    mine = [project_id, kind.value]
    return bool(
        sql.rows(f"{NOTE} {WANTED} {UNLESS_TOLD}", [*mine, sql.stored(now), event, project_id, *mine, since, since])
    )


def _news(
    kind: type[QuotaExceeded] | type[QuotaWarning], project_id: int, push: Push, message: str
) -> QuotaExceeded | QuotaWarning:
    return kind(
        project_id=project_id,
        operator=push.operator,
        repository=push.repository,
        digest=push.digest,
        message=message,
    )


def forget_ended_warnings() -> None:
    """So that people are warned again when a project gets nearly full once more."""
    sql.send(ENDED_WARNINGS, [NEARLY_FULL])


def human(size: int) -> str:
    value = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1024:
            return f"{value:.1f} {unit}" if unit != "B" else f"{size} B"
        value /= 1024
    return f"{value:.1f} TiB"
