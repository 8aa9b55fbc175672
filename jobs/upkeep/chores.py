"""Chores: work on the whole installation, one of a kind at a time, begun by administrators or by a schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

import audit
from accounts.actors import SYSTEM, Actor
from accounts.errors import BadRequest, Conflict, NotFound
from accounts.selectors.rights import require
from jobs.framework.executions import start_execution, stop_execution
from jobs.framework.kinds import Kind, kind_named
from jobs.framework.schedules import schedule_of, set_schedule
from jobs.models import Execution, Schedule, Task, Trigger
from registry_api.sql import take_turn

NO_SCHEDULE, RUN_NOW = "None", "Manual"
# Harbor's words for how a time was chosen; each comes with a cron.
CRON_TYPES = ("Hourly", "Daily", "Weekly", "Custom", "Schedule")


@dataclass(frozen=True, slots=True)
class Chore:
    """``resource`` is what the permissions are on, ``word`` what the record calls it: ``start_purge``.

    ``read`` gives the parameters that the work takes from those that a client sent, and raises BadRequest.
    """

    kind: Kind
    resource: str
    word: str
    read: Callable[[Mapping[str, Any]], dict[str, Any]]

    @property
    def executions(self) -> QuerySet[Execution]:
        return Execution.objects.filter(kind=self.kind.name)

    def execution(self, number: int) -> Execution:
        """Raises NotFound."""
        found = self.executions.filter(pk=number).first()
        if found is None:
            raise NotFound(f"there is no execution {number} of {self.kind.name}")
        return found

    @property
    def schedule(self) -> Schedule | None:
        return schedule_of(self.kind)

    def take_turn(self) -> None:
        """Nobody else sets the schedule until the end of the transaction."""
        take_turn(f"schedule of {self.kind.name}")


def start_chore(*, actor: Actor, chore: Chore, parameters: Mapping[str, Any]) -> Execution:
    """Begins it now, with parameters as ``chore.read`` gives them. Raises Forbidden, Conflict (it is running)."""
    require(actor, chore.resource, "create")
    with transaction.atomic():
        execution = _begin(actor, chore.kind, Trigger.MANUAL, parameters)
        _record(actor, f"start_{chore.word}", chore, {"execution": execution.pk, **parameters})
    return execution


def start_scheduled(schedule: Schedule) -> Execution:
    """For ``Kind.on_schedule``: begins what is due, in the transaction of the firing. Raises Conflict (it is running
    still)."""
    return _begin(SYSTEM, kind_named(schedule.kind), Trigger.SCHEDULE, schedule.parameters)


def stop_chore(*, actor: Actor, chore: Chore, execution: Execution) -> None:
    """It ends within seconds; one that has ended stays as it is. Raises Forbidden."""
    require(actor, chore.resource, "stop")
    with transaction.atomic():
        stop_execution(execution)
        _record(actor, f"stop_{chore.word}", chore, {"execution": execution.pk})


def schedule_chore(
    *, actor: Actor, chore: Chore, cron_type: str, cron: str, parameters: Mapping[str, Any], is_new: bool = False
) -> Schedule | None:
    """Sets when it begins by itself, in place of what was set before; with the type ``None`` never again.

    ``is_new``: there must not be a schedule yet. Raises Forbidden, BadRequest (a cron that cannot be read), Conflict.
    """
    require(actor, chore.resource, "create" if is_new else "update")
    if cron_type != NO_SCHEDULE and cron_type not in CRON_TYPES:
        raise BadRequest(f"a schedule is one of {', '.join((*CRON_TYPES, NO_SCHEDULE))}", field="type")
    if cron_type != NO_SCHEDULE and not cron:
        raise BadRequest("a cron is wanted", field="cron")
    with transaction.atomic():
        chore.take_turn()
        if is_new and chore.schedule is not None:
            raise Conflict("there is a schedule already; change that one")
        wanted = "" if cron_type == NO_SCHEDULE else cron
        schedule = set_schedule(chore.kind, cron=wanted, cron_type=cron_type, parameters=parameters)
        detail = {"type": cron_type, "cron": wanted, **(parameters if schedule else {})}
        _record(actor, f"schedule_{chore.word}", chore, detail)
    return schedule


def keep_result(execution: Execution) -> None:
    """For ``Kind.when_ended``: what the one task of a chore had to report is that of the whole."""
    task = Task.objects.filter(execution=execution).order_by("pk").first()
    if task is not None:
        execution.result = task.result
        execution.save(update_fields=["result"])


def _begin(actor: Actor, kind: Kind, trigger: Trigger, parameters: Mapping[str, Any]) -> Execution:
    return start_execution(kind, actor=actor, trigger=trigger, parameters=parameters, tasks=[parameters], single=True)


def _record(actor: Actor, operation: str, chore: Chore, detail: Mapping[str, Any]) -> None:
    audit.record(
        actor=actor, operation=operation, resource_type=chore.word, resource=chore.kind.name, detail=dict(detail)
    )
