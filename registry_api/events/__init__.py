"""What happens in the registry, told to those who subscribed: webhooks, replication, whatever comes to the right of it.

A service publishes in its own transaction; the scheduler delivers. So an event is never told of something that was
undone, and none gets lost between the commit and those who wait for it.
"""

from registry_api.events.delivery import deliver_outbox, deliver_pending, subscribe
from registry_api.events.kinds import (
    ArtifactDeleted,
    ArtifactPulled,
    ArtifactPushed,
    Event,
    QuotaExceeded,
    QuotaWarning,
    ReplicatedArtifact,
    ReplicationEnded,
    ReplicationSide,
    ScanEnded,
    TagCreated,
    TagDeleted,
    TagRetentionFinished,
)
from registry_api.events.outbox import (
    end_subscriptions,
    projects_waiting,
    publish,
    publish_deletions,
    set_subscriptions,
)

__all__ = [
    "ArtifactDeleted",
    "ArtifactPulled",
    "ArtifactPushed",
    "Event",
    "QuotaExceeded",
    "QuotaWarning",
    "ReplicatedArtifact",
    "ReplicationEnded",
    "ReplicationSide",
    "ScanEnded",
    "TagCreated",
    "TagDeleted",
    "TagRetentionFinished",
    "deliver_outbox",
    "deliver_pending",
    "end_subscriptions",
    "projects_waiting",
    "publish",
    "publish_deletions",
    "set_subscriptions",
    "subscribe",
]
