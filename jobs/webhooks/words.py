"""Harbor's words for events, targets and formats."""

from __future__ import annotations

from enum import StrEnum

from registry_api import events
from registry_api.events import Event, ScanEnded

HTTP, SLACK = "http", "slack"
TARGETS = (HTTP, SLACK)


class Format(StrEnum):
    """How a message to a target of type http is written; Slack has its own."""

    DEFAULT = "Default"
    CLOUD_EVENTS = "CloudEvents"


# Each with the event behind it, and CloudEvents' name for it.
_OF_EVENTS: dict[str, tuple[type[Event], str]] = {
    "DELETE_ARTIFACT": (events.ArtifactDeleted, "harbor.artifact.deleted"),
    "PULL_ARTIFACT": (events.ArtifactPulled, "harbor.artifact.pulled"),
    "PUSH_ARTIFACT": (events.ArtifactPushed, "harbor.artifact.pushed"),
    "QUOTA_EXCEED": (events.QuotaExceeded, "harbor.quota.exceeded"),
    "QUOTA_WARNING": (events.QuotaWarning, "harbor.quota.warned"),
    "REPLICATION": (events.ReplicationEnded, "harbor.replication.status.changed"),
    "SCANNING_COMPLETED": (events.ScanEnded, "harbor.scan.completed"),
    "SCANNING_FAILED": (events.ScanEnded, "harbor.scan.failed"),
    "SCANNING_STOPPED": (events.ScanEnded, "harbor.scan.stopped"),
    "TAG_RETENTION": (events.TagRetentionFinished, "harbor.tag_retention.finished"),
}
EVENT_TYPES = tuple(_OF_EVENTS)
_OF_SCANS = {"Success": "SCANNING_COMPLETED", "Error": "SCANNING_FAILED", "Stopped": "SCANNING_STOPPED"}


def kinds_behind(event_types: list[str]) -> set[type[Event]]:
    return {_OF_EVENTS[each][0] for each in event_types}


def type_of(event: Event) -> str:
    """Harbor's word for an event that is one of these kinds."""
    if isinstance(event, ScanEnded):
        return _OF_SCANS[event.status]
    return next(word for word, (kind, _) in _OF_EVENTS.items() if kind is type(event))


def cloud_type(event_type: str) -> str:
    return _OF_EVENTS[event_type][1]
