"""Carrying out policies of replication, and stopping that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

import audit
from accounts.actors import Actor
from accounts.errors import Conflict, Precondition
from accounts.selectors.rights import require
from accounts.services.rows import locked
from jobs.framework.executions import start_execution, stop_execution
from jobs.framework.kinds import kind_named
from jobs.models import Execution, ReplicationPolicy, Schedule, Status, Trigger
from jobs.replication.ours.caller import ACTOR
from jobs.replication.words import REPLICATION, Operation

SKIPPED = "Execution skipped: active replication still in progress."  # Harbor's words
PLANNING: tuple[Mapping[str, Any], ...] = ({"operation": Operation.PLAN},)


def start_replication(
    *,
    actor: Actor,
    policy: ReplicationPolicy,
    trigger: Trigger = Trigger.MANUAL,
    dry_run: bool = False,
    tasks: Iterable[Mapping[str, Any]] = PLANNING,
) -> Execution:
    """Begins to carry the policy out. A dry run only says what would be copied.

    Where the policy allows one execution at a time and one is running, the new one has ended already, as an error that
    says so (Harbor). Raises Forbidden, NotFound, Precondition (the policy is disabled).
    """
    require(actor, "replication", "create")
    with transaction.atomic():
        policy = locked(ReplicationPolicy.objects.all(), policy.pk)
        if not policy.enabled:
            raise Precondition(f"the policy {policy.name} is disabled")
        execution = _begun(actor, policy, trigger, dry_run, tasks)
        detail = {"execution": execution.pk, "trigger": str(trigger), **({"dry_run": True} if dry_run else {})}
        _record(actor, "start_replication", policy.name, detail)
    return execution


def start_scheduled(schedule: Schedule) -> None:
    """For a schedule that is due."""
    policy = ReplicationPolicy.objects.filter(pk=schedule.subject_id, enabled=True).first()
    if policy is not None:
        start_replication(actor=ACTOR, policy=policy, trigger=Trigger.SCHEDULE)


def stop_replication(*, actor: Actor, execution: Execution) -> None:
    """What has not begun does not begin, what runs stops within seconds; what was copied stays. Raises Forbidden."""
    require(actor, "replication", "create")
    with transaction.atomic():
        stop_execution(execution)
        policy = ReplicationPolicy.objects.filter(pk=execution.subject_id).first()
        _record(actor, "stop_replication", policy.name if policy else "", {"execution": execution.pk})


def _begun(
    actor: Actor, policy: ReplicationPolicy, trigger: Trigger, dry_run: bool, tasks: Iterable[Mapping[str, Any]]
) -> Execution:
    common: dict[str, Any] = {
        "trigger": trigger,
        "subject_id": policy.pk,
        "parameters": {"dry_run": True} if dry_run else {},
    }
    try:
        return start_execution(
            kind_named(REPLICATION),
            actor=actor,
            tasks=tasks,
            single=policy.single_active_replication,
            **common,
        )
    except Conflict:
        now = timezone.now()
        return Execution.objects.create(
            kind=REPLICATION,
            operator=actor.name,
            status=Status.ERROR,
            status_message=SKIPPED,
            start_time=now,
            update_time=now,
            end_time=now,
            **common,
        )


def _record(actor: Actor, operation: str, name: str, detail: dict[str, Any]) -> None:
    audit.record(actor=actor, operation=operation, resource_type="replication_policy", resource=name, detail=detail)
