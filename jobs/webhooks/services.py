"""Making, changing and removing webhooks, and what people do with single deliveries."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

import audit
from accounts.actors import Actor
from accounts.errors import BadRequest, Precondition
from accounts.models import Project
from accounts.patterns import InvalidPattern, compiled
from accounts.selectors.rights import require
from accounts.services.rows import changes, locked, writing
from jobs.framework.executions import start_execution, stop_execution
from jobs.framework.kinds import kind_named
from jobs.framework.logs import discard_logs
from jobs.models import WEBHOOK_KINDS, Execution, Task, Trigger, WebhookPolicy
from jobs.webhooks.messages import Telling
from jobs.webhooks.planning import plan_delivery, registry_host
from jobs.webhooks.targets import MASK, Target, checked, read_targets, written
from jobs.webhooks.words import EVENT_TYPES, kinds_behind
from registry_api import events

ROOM = "webhook"
RIGHT = "notification-policy"
TAKEN = "the project has a webhook of this name already"
LONGEST_NAME = 256  # characters
LONGEST_DESCRIPTION = 4096
LONGEST_SECRET = 256

log = logging.getLogger("portolan.jobs")


def create_webhook(
    *,
    actor: Actor,
    project: Project,
    name: str,
    event_types: Sequence[str],
    targets: Sequence[Target],
    description: str = "",
    enabled: bool = True,
    **extras: str,
) -> WebhookPolicy:
    """Makes a webhook; ``extras`` are secret, repository_pattern and tag_pattern.

    Raises Forbidden, BadRequest, Conflict (the project has one of this name).
    """
    require(actor, RIGHT, "create", project=project)
    policy = WebhookPolicy(project=project, creator=actor.name[:255])
    given = {"name": name, "description": description, "enabled": enabled, "event_types": event_types, **extras}
    _fill(policy, {**given, "targets": targets}, ())
    with writing(TAKEN, field="name"):
        policy.save(force_insert=True)
        _follow(policy)
        _record(actor, "create_webhook", policy, _told(policy))
    return policy


def update_webhook(*, actor: Actor, policy: WebhookPolicy, **given: Any) -> WebhookPolicy:
    """Changes what is given, by the names of :func:`create_webhook`; a masked header or secret stays as it is.

    Raises Forbidden, BadRequest, Conflict, NotFound (it went away meanwhile).
    """
    require(actor, RIGHT, "update", project=policy.project)
    with writing(TAKEN, field="name"):
        row = locked(WebhookPolicy.objects.select_related("project"), policy.pk)
        before, secrets = _told(row), (row.targets, row.secret)
        known = read_targets(row.targets)
        _fill(row, given, known)
        changed = changes(before, _told(row))
        is_new_secret = secrets != (row.targets, row.secret)
        if changed or is_new_secret:
            row.save()
            _follow(row)
            _record(actor, "update_webhook", row, {**changed, **({"secrets": "changed"} if is_new_secret else {})})
    return row


def delete_webhook(*, actor: Actor, policy: WebhookPolicy) -> None:
    """Removes the webhook with what was delivered for it; what is on its way is stopped. Raises Forbidden."""
    require(actor, RIGHT, "delete", project=policy.project)
    with transaction.atomic():
        events.end_subscriptions(f"{ROOM}:{policy.pk}")
        executions = Execution.objects.filter(kind__in=WEBHOOK_KINDS, subject_id=policy.pk)
        for execution in executions.filter(end_time=None):
            stop_execution(execution)
        ended = executions.filter(end_time__isnull=False)
        logs = list(Task.objects.filter(execution__in=ended, log_is_stored=True).values_list("job_id", flat=True))
        ended.delete()
        _record(actor, "delete_webhook", policy, _told(policy))
        policy.delete()
        transaction.on_commit(lambda: discard_logs(logs), robust=True)


def send_test(*, actor: Actor, policy: WebhookPolicy) -> list[Execution]:
    """Sends each target a message as of a push into the project; also while the webhook is disabled.

    Raises Forbidden, BadRequest.
    """
    require(actor, RIGHT, "update", project=policy.project)
    event = events.ArtifactPushed(
        project_id=policy.project_id,
        operator=actor.name,
        repository=f"{policy.project.name}/example",
        digest=f"sha256:{'0' * 64}",
        tags=("latest",),
    )
    note = "a test of the webhook: nothing was pushed"
    telling = Telling(event, policy.project, registry_host(), note=note)
    with transaction.atomic():
        begun = [
            plan_delivery(policy, target, telling.message_to(policy, target), actor=actor, trigger=Trigger.MANUAL)
            for target in read_targets(policy.targets)
        ]
        _record(actor, "test_webhook", policy, {"executions": [each.pk for each in begun]})
    return begun


def resend_delivery(*, actor: Actor, policy: WebhookPolicy, task: Task) -> Execution:
    """Delivers the message of a task that has ended once more, as a new execution; to the byte and with its id.

    Raises Forbidden, Precondition (it is still on its way).
    """
    require(actor, RIGHT, "update", project=policy.project)
    if not task.has_ended:
        raise Precondition("the message is still on its way")
    with transaction.atomic():
        execution = start_execution(
            kind_named(task.kind),
            actor=actor,
            trigger=Trigger.MANUAL,
            subject_id=policy.pk,
            project_id=policy.project_id,
            parameters={"event_type": task.parameters["event_type"], "resent_from": task.pk},
            tasks=[task.parameters],
        )
        _record(actor, "resend_webhook", policy, {"task": task.pk, "execution": execution.pk})
    return execution


def stop_delivery(*, actor: Actor, policy: WebhookPolicy, execution: Execution) -> None:
    """Gives a message up that is on its way. Raises Forbidden."""
    require(actor, RIGHT, "update", project=policy.project)
    with transaction.atomic():
        stop_execution(execution)
        _record(actor, "stop_webhook", policy, {"execution": execution.pk})


def _fill(policy: WebhookPolicy, given: Mapping[str, Any], known: Sequence[Target]) -> None:
    """Sets what is given, once it is known to be good. Raises BadRequest."""
    for name, value in given.items():
        match name:
            case "targets":
                value = written(checked(value, known))
            case "event_types":
                value = _event_types(value)
            case "repository_pattern" | "tag_pattern":
                _require_pattern(value, name)
            case "name":
                _require_length(value, name, 1, LONGEST_NAME)
            case "description":
                _require_length(value, name, 0, LONGEST_DESCRIPTION)
            case "secret":
                if value == MASK:
                    continue
                _require_length(value, name, 0, LONGEST_SECRET)
        setattr(policy, name, value)


def _event_types(given: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(given))
    if not wanted:
        raise BadRequest("a webhook is told of at least one event", field="event_types")
    unknown = [each for each in wanted if each not in EVENT_TYPES]
    if unknown:
        raise BadRequest(f"{unknown[0][:50]!r} is no event; there are {', '.join(EVENT_TYPES)}", field="event_types")
    return wanted


def _require_pattern(pattern: str, field: str) -> None:
    try:
        if pattern:
            compiled(pattern)
    except InvalidPattern as error:
        raise BadRequest(str(error), field=field) from error


def _require_length(text: str, field: str, least: int, most: int) -> None:
    if not least <= len(text) <= most or "\0" in text:
        raise BadRequest(f"the {field} has from {least} to {most} characters", field=field)


def _follow(policy: WebhookPolicy) -> None:
    """From now on the events of the policy are published for it."""
    kinds = kinds_behind(policy.event_types) if policy.enabled else ()
    events.set_subscriptions(f"{ROOM}:{policy.pk}", kinds, policy.project_id)


def _told(policy: WebhookPolicy) -> dict[str, Any]:
    """What may be told of a policy in the record: nothing that is secret."""
    return {
        "name": policy.name,
        "description": policy.description,
        "enabled": policy.enabled,
        "event_types": policy.event_types,
        "targets": [f"{target.kind} {target.shown_address}" for target in read_targets(policy.targets)],
        "repository_pattern": policy.repository_pattern,
        "tag_pattern": policy.tag_pattern,
    }


def _record(actor: Actor, operation: str, policy: WebhookPolicy, detail: Mapping[str, Any]) -> None:
    audit.record(
        actor=actor,
        operation=operation,
        resource_type="webhook",
        resource=f"{policy.project.name}: {policy.name}",
        project=policy.project,
        detail=detail,
    )
