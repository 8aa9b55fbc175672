"""Which policies are told of what happens here."""

from __future__ import annotations

from jobs.replication.models import PolicyTrigger, ReplicationPolicy
from registry_api.events import (
    ArtifactDeleted,
    ArtifactPushed,
    TagCreated,
    TagDeleted,
    end_subscriptions,
    set_subscriptions,
)

ROOM = "replication"
COPYING = (ArtifactPushed, TagCreated)
DELETING = (ArtifactDeleted, TagDeleted)


def listen_for(policy: ReplicationPolicy) -> None:
    """Has the policy told of what it waits for, from now on; in the caller's transaction, after each change of it."""
    if policy.enabled and policy.trigger == PolicyTrigger.EVENT_BASED:
        kinds = (*COPYING, *DELETING) if policy.replicate_deletion else COPYING
        set_subscriptions(f"{ROOM}:{policy.pk}", kinds, None)
    else:
        stop_listening(policy)


def stop_listening(policy: ReplicationPolicy) -> None:
    end_subscriptions(f"{ROOM}:{policy.pk}")
