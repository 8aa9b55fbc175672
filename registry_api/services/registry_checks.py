"""Whether other registries can be used: asked by somebody, or every few minutes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.actors import Actor
from accounts.errors import BadRequest
from accounts.selectors.rights import require
from registry_api import sql
from registry_api.models import Registry
from registry_api.models.registry import Health
from registry_api.remotes.adapters import connect
from registry_api.remotes.endpoint import Endpoint
from registry_api.remotes.errors import RemoteError
from registry_api.remotes.patience import IMPATIENT
from registry_api.selectors.registries import endpoint_of
from registry_api.services.registry_drafts import changed_copy, make_valid

AT_ONCE = 8  # registries asked beside each other
LONGEST_MESSAGE = 400  # characters, as the column


def ping_registry(*, actor: Actor, registry: Registry | None = None, **given: Any) -> None:
    """Asks one with other values than are stored, or one that is not stored at all; changes nothing.

    A stored secret goes to its own address only. Raises Forbidden, BadRequest (with the reason why it cannot be used).
    """
    require(actor, "registry", "read")
    if registry is not None:
        require_usable(changed_copy(registry, given))
        return
    draft = Registry(**{"name": "new", **given})
    make_valid(draft)
    require_usable(draft)


def require_usable(registry: Registry) -> None:
    """Raises BadRequest with the reason, as Harbor does for one that is not healthy."""
    if problem := problem_of(registry):
        raise BadRequest(f"the registry cannot be used: {problem}", field="url")
    note(registry, "")


def check_registries(*, actor: Actor, registries: QuerySet[Registry]) -> list[Registry]:
    """The registries with what is known of them now. Raises Forbidden."""
    require(actor, "registry", "read")
    return refresh_health(registries)


def refresh_health(registries: QuerySet[Registry] | None = None) -> list[Registry]:
    """Asks all of them, or the given ones, keeps what came of it, and returns them.

    They are asked beside each other, in threads that know no database. What was changed meanwhile is left for the next
    time. Secrets are read one by one, so that one that cannot be deciphered spoils its own registry only.
    """
    rows = list((Registry.objects.all() if registries is None else registries).defer("access_secret"))
    questions = [_question(row) for row in rows]
    sql.give_back_connection()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        problems = list(threads.map(lambda ask: ask(), questions))
    for row, problem in zip(rows, problems, strict=True):
        note(row, problem)
        Registry.objects.filter(pk=row.pk, update_time=row.update_time).update(
            status=row.status, status_message=row.status_message, checked_at=row.checked_at
        )
    return rows


def problem_of(registry: Registry) -> str:
    """Why the registry cannot be used now; "" if it can."""
    ask = _question(registry)
    sql.give_back_connection()
    return ask()


def _question(registry: Registry) -> Callable[[], str]:
    """To be asked later, with all that the database has to say about it in hand."""
    try:
        endpoint = endpoint_of(registry)
    except RemoteError as error:
        message = error.message
        return lambda: message
    return lambda: _answer(endpoint)


def _answer(endpoint: Endpoint) -> str:
    try:
        adapter = connect(endpoint, IMPATIENT)
        try:
            adapter.check()
        finally:
            adapter.close()
    except RemoteError as error:
        return error.message
    return ""


def note(registry: Registry, problem: str) -> None:
    """What is known now, not stored yet."""
    registry.status = Health.UNHEALTHY if problem else Health.HEALTHY
    registry.status_message = problem[:LONGEST_MESSAGE]
    registry.checked_at = timezone.now()
