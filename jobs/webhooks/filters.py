"""Which events a webhook lets through."""

from __future__ import annotations

from dataclasses import replace

from accounts.patterns import matches
from jobs.webhooks.models import WebhookPolicy
from jobs.webhooks.words import type_of
from registry_api.events import (
    ArtifactDeleted,
    ArtifactPulled,
    ArtifactPushed,
    Event,
    ScanEnded,
    TagRetentionFinished,
)


def passed(policy: WebhookPolicy, event: Event) -> Event | None:
    """The event as far as the webhook wants to hear of it: with those of its tags alone that fit; None: nothing of it.

    Patterns are for what happens to artifacts; quota, replication and retention are told of whatever they say.
    """
    if type_of(event) not in policy.event_types or _is_a_rehearsal(event):
        return None
    if not isinstance(event, ArtifactPushed | ArtifactPulled | ArtifactDeleted | ScanEnded):
        return event
    name = event.repository.partition("/")[2]
    if policy.repository_pattern and not matches(policy.repository_pattern, name):
        return None
    if not policy.tag_pattern:
        return event
    if isinstance(event, ArtifactPulled):
        return event if event.tag and matches(policy.tag_pattern, event.tag) else None
    tags = tuple(tag for tag in event.tags if matches(policy.tag_pattern, tag))
    return replace(event, tags=tags) if tags else None


def _is_a_rehearsal(event: Event) -> bool:
    """A dry run deletes nothing: whoever reads of deleted artifacts must not look for them in vain."""
    return isinstance(event, TagRetentionFinished) and event.is_dry_run
