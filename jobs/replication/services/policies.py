"""Making, changing and removing policies of replication."""

from __future__ import annotations

from typing import Any

import audit
from accounts.actors import Actor
from accounts.errors import BadRequest, Precondition
from accounts.selectors.rights import require
from accounts.services.rows import changes, locked, writing
from jobs.framework.cron import Cron
from jobs.framework.kinds import kind_named
from jobs.framework.schedules import set_schedule
from jobs.models import Execution, ReplicationPolicy
from jobs.replication.filters import checked_filters
from jobs.replication.listening import listen_for, stop_listening
from jobs.replication.models import PolicyTrigger
from jobs.replication.naming import checked_namespace, checked_replace_count
from jobs.replication.words import REPLICATION

LONGEST_NAME, LONGEST_DESCRIPTION = 256, 1024  # characters
FASTEST = 2**31 - 1  # KB a second
TAKEN = "a replication policy with this name exists already"
STATE = (
    *("name", "description", "src_registry_id", "dest_registry_id", "dest_namespace", "dest_namespace_replace_count"),
    *("trigger", "cron", "filters", "enabled", "replicate_deletion", "override", "speed", "copy_by_chunk"),
    "single_active_replication",
)


def save_replication_policy(*, actor: Actor, policy: ReplicationPolicy) -> ReplicationPolicy:
    """Stores a new policy or the changes to one, and sets its schedule.

    Raises Forbidden, BadRequest, Conflict (the name is taken), NotFound (it was deleted meanwhile).
    """
    is_new = policy.pk is None
    require(actor, "replication-policy", "create" if is_new else "update")
    _check(policy)
    with writing(TAKEN, field="name"):
        if is_new:
            policy.creator = actor.name
            policy.save(force_insert=True)
            _record(actor, "create_replication_policy", policy, {"after": _state(policy)})
        else:
            changed = changes(_state(locked(ReplicationPolicy.objects.all(), policy.pk)), _state(policy))
            if changed:
                policy.save(force_update=True)
                _record(actor, "update_replication_policy", policy, changed)
        _schedule(policy)
        listen_for(policy)
    return policy


def delete_replication_policy(*, actor: Actor, policy: ReplicationPolicy) -> None:
    """Its executions go with it, by and by. Raises Forbidden, NotFound, Precondition (it is being carried out)."""
    require(actor, "replication-policy", "delete")
    with writing():
        policy = locked(ReplicationPolicy.objects.all(), policy.pk)
        if Execution.objects.filter(kind=REPLICATION, subject_id=policy.pk, end_time=None).exists():
            raise Precondition("the policy is being carried out: stop its executions first")
        set_schedule(kind_named(REPLICATION), subject_id=policy.pk, cron="")
        stop_listening(policy)
        _record(actor, "delete_replication_policy", policy, {"before": _state(policy)})
        policy.delete()


def _check(policy: ReplicationPolicy) -> None:
    """Brings what was given into the form that is stored. Raises BadRequest."""
    name = policy.name
    if not (1 <= len(name) <= LONGEST_NAME and name.isprintable() and name.strip() == name):
        raise BadRequest(
            f"a policy's name has 1 to {LONGEST_NAME} characters, none of them a blank at an end", field="name"
        )
    if len(policy.description) > LONGEST_DESCRIPTION or "\0" in policy.description:
        raise BadRequest(f"a description has up to {LONGEST_DESCRIPTION} characters", field="description")
    if (policy.src_registry_id is None) == (policy.dest_registry_id is None):
        raise BadRequest(
            "a policy copies from one other registry or to one: exactly one of the two is named", field="dest_registry"
        )
    policy.dest_namespace = checked_namespace(policy.dest_namespace)
    policy.dest_namespace_replace_count = checked_replace_count(policy.dest_namespace_replace_count)
    policy.filters = checked_filters(policy.filters)
    policy.speed = max(0, policy.speed)
    if policy.speed > FASTEST:
        raise BadRequest(f"the limit is at most {FASTEST} KB a second", field="speed")
    _check_trigger(policy)


def _check_trigger(policy: ReplicationPolicy) -> None:
    if policy.trigger not in PolicyTrigger.values:
        raise BadRequest(f"a trigger is one of {', '.join(PolicyTrigger.values)}", field="trigger")
    if policy.trigger == PolicyTrigger.SCHEDULED:
        if Cron(policy.cron).fields[1] == "*":
            raise BadRequest(
                "a replication does not begin each minute: the second field of its times is a number", field="cron"
            )
    else:
        policy.cron = ""
    if policy.trigger != PolicyTrigger.EVENT_BASED:
        return
    if policy.pulls:
        raise BadRequest("only what happens here begins a policy: it has to copy from here", field="trigger")
    if policy.single_active_replication:
        raise BadRequest(
            "a policy that events begin cannot be held to one execution at a time: it would miss some of them",
            field="single_active_replication",
        )


def _schedule(policy: ReplicationPolicy) -> None:
    is_on = policy.enabled and policy.trigger == PolicyTrigger.SCHEDULED
    set_schedule(kind_named(REPLICATION), subject_id=policy.pk, cron=policy.cron if is_on else "")


def _state(policy: ReplicationPolicy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in STATE}


def _record(actor: Actor, operation: str, policy: ReplicationPolicy, detail: dict[str, Any]) -> None:
    audit.record(
        actor=actor, operation=operation, resource_type="replication_policy", resource=policy.name, detail=detail
    )
