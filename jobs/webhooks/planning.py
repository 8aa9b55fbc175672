"""From an event to the tasks that deliver it."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings

from accounts.actors import SYSTEM, Actor
from accounts.configuration.present import configured
from jobs.framework.executions import start_execution
from jobs.models import Execution, Trigger
from jobs.webhooks.filters import passed
from jobs.webhooks.kind import kind_of
from jobs.webhooks.messages import Message, Telling, creation_of
from jobs.webhooks.models import WebhookPolicy
from jobs.webhooks.targets import Target, read_targets
from registry_api.events import Event


def on_event(event: Event, policies: tuple[int, ...]) -> None:
    """Plans a delivery to each target of the webhooks, in the transaction that takes the event out of the outbox."""
    if not configured("notification_enable"):
        return
    wanting = WebhookPolicy.objects.filter(pk__in=policies, enabled=True, project_id=event.project_id)
    actor = replace(SYSTEM, name=event.operator)
    tellings: list[Telling] = []
    for policy in wanting.select_related("project").order_by("pk"):
        told = passed(policy, event)
        if told is not None:
            telling = _telling(told, policy, tellings)
            for target in read_targets(policy.targets):
                plan_delivery(policy, target, telling.message_to(policy, target), actor=actor, trigger=Trigger.EVENT)


def _telling(told: Event, policy: WebhookPolicy, known: list[Telling]) -> Telling:
    """Webhooks whose filters let the same through share one, and all of them what was asked for the first."""
    found = next((each for each in known if each.event == told), None)
    if found is None:
        created = known[0].created if known else creation_of(told)
        found = Telling(told, policy.project, registry_host(), created=created)
        known.append(found)
    return found


def plan_delivery(
    policy: WebhookPolicy, target: Target, message: Message, *, actor: Actor, trigger: Trigger
) -> Execution:
    """The message stands in the task as it will go out; headers that are secret are added when it does."""
    return start_execution(
        kind_of(target),
        actor=actor,
        trigger=trigger,
        subject_id=policy.pk,
        project_id=policy.project_id,
        parameters={"event_type": message.event_type},
        tasks=[
            {
                "target": target.id,
                "id": message.id,
                "event_type": message.event_type,
                "content_type": message.content_type,
                "payload": message.body,
            }
        ],
    )


def registry_host() -> str:
    """The registry as clients call it, without the scheme."""
    url = settings.EXTERNAL_URL or f"http://{settings.HOST}:{settings.PORT}"
    return str(url).partition("://")[2]
