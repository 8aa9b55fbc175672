"""What is told of an event, in the words and forms of Harbor: its own, CloudEvents 1.0, and Slack's blocks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from accounts.models import Project
from jobs.webhooks.models import WebhookPolicy
from jobs.webhooks.targets import Target
from jobs.webhooks.words import SLACK, Format, cloud_type, type_of
from registry_api.events import (
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
    TagRetentionFinished,
)
from registry_api.models import Repository

JSON = "application/json"
CLOUD_JSON = "application/cloudevents+json; charset=utf-8"
LONGEST_BLOCK = 3000  # characters of a text block, by Slack's rules

OfArtifacts = ArtifactPushed | ArtifactPulled | ArtifactDeleted | ScanEnded
OfQuota = QuotaExceeded | QuotaWarning


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out, to the byte, in each try; ``id`` is the same in all of them."""

    id: str
    event_type: str
    content_type: str
    body: str


class Telling:
    """One event as it goes out to any number of targets: what their messages have in common is written once.

    ``host`` is the registry's, as clients call it; ``created`` when the event's repository was made, None where nobody
    knows; ``note`` is a word on why it is sent, where that needs one. Raises TypeError for an event that is not told.
    """

    def __init__(
        self, event: Event, project: Project, host: str, *, created: datetime | None = None, note: str = ""
    ) -> None:
        self.event = event
        self.created = created
        self._data = _data(event, project, host, created)
        self._event_type = type_of(event)
        if note:
            self._data["custom_attributes"] = {**self._data.get("custom_attributes", {}), "Details": note}

    def message_to(self, policy: WebhookPolicy, target: Target) -> Message:
        identifier = str(uuid.uuid4())
        if target.kind == SLACK:
            return Message(identifier, self._event_type, JSON, self._slack)
        if target.payload_format == Format.CLOUD_EVENTS:
            body = _json(_cloud_event(policy, self.event, self._event_type, identifier, self._data))
            return Message(identifier, self._event_type, CLOUD_JSON, body)
        return Message(identifier, self._event_type, JSON, self._default)

    @cached_property
    def _default(self) -> str:
        return _json(_default(self.event, self._event_type, self._data))

    @cached_property
    def _slack(self) -> str:
        return _json(_slack(self.event, self._event_type, self._data))


def creation_of(event: Event) -> datetime | None:
    """When the repository that the event is about was made; None where it is about none, or that has gone."""
    name = getattr(event, "repository", "")
    if not name:
        return None
    return Repository.objects.filter(name=name).values_list("creation_time", flat=True).first()


def _json(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _data(event: Event, project: Project, host: str, created: datetime | None) -> dict[str, Any]:
    """Harbor's ``event_data``."""
    if isinstance(event, ReplicationEnded):
        return {"replication": _of_replication(event, host)}
    if not isinstance(event, OfArtifacts | OfQuota | TagRetentionFinished):
        raise TypeError(f"nothing is told of {event.name()}")
    repository = _repository(event.repository, project, created)
    if isinstance(event, TagRetentionFinished):
        return {"repository": repository, "retention": _of_retention(event, project, host)}
    if isinstance(event, OfQuota):
        return {
            "resources": [{"digest": event.digest, "tag": ""}],
            "repository": repository,
            "custom_attributes": {"Details": event.message},
        }
    scan = {"scan": {"scan_type": event.scan_type}} if isinstance(event, ScanEnded) else {}
    return {"resources": _resources(event, host), "repository": repository, **scan}


def _default(event: Event, event_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": event_type,
        "occur_at": int(event.occurred_at),
        "operator": event.operator,
        "event_data": data,
    }


def _cloud_event(
    policy: WebhookPolicy, event: Event, event_type: str, identifier: str, data: Mapping[str, Any]
) -> dict[str, Any]:
    made = {
        "specversion": "1.0",
        "id": identifier,
        "source": f"/projects/{policy.project_id}/webhook/policies/{policy.pk}",
        "type": cloud_type(event_type),
        "datacontenttype": JSON,
        "time": datetime.fromtimestamp(event.occurred_at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "operator": event.operator,
        "requestid": event.request_id,
        "data": data,
    }
    # An attribute is a text of at least one character, or is not there (CloudEvents, "Type System").
    return {name: value for name, value in made.items() if value != ""}


def _slack(event: Event, event_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
    moment = datetime.fromtimestamp(event.occurred_at, UTC)
    date = f"<!date^{int(event.occurred_at)}^{{date}} at {{time}}|{moment:%Y-%m-%d %H:%M:%S} UTC>"
    shown = _plain(json.dumps(data, ensure_ascii=False, indent=2))
    if len(shown) > LONGEST_BLOCK - 10:
        shown = f"{shown[: LONGEST_BLOCK - 10]}…"
    texts = (
        "*Portolan webhook events*",
        f"*event_type:* {event_type}",
        f"*occur_at:* {date}",
        f"*operator:* {_plain(event.operator)}",
        "*event_data:*",
        f"```{shown}```",
    )
    return {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}} for text in texts]}


def _plain(text: str) -> str:
    """Nothing in it is a link, a mention or the end of a block to Slack."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("```", "` ` `")


def _resources(event: OfArtifacts, host: str) -> list[dict[str, Any]]:
    tags = (event.tag,) if isinstance(event, ArtifactPulled) else event.tags
    more: dict[str, Any] = {}
    if isinstance(event, ScanEnded):
        more = {("sbom" if event.scan_type == "sbom" else "scan") + "_overview": dict(event.overview)}
    return [
        {
            "digest": event.digest,
            # As Harbor has it: what was done by digest has the digest in the place of the tag.
            "tag": tag or event.digest,
            "resource_url": f"{host}/{event.repository}{':' if tag else '@'}{tag or event.digest}",
            **more,
        }
        for tag in tags or ("",)
    ]


def _repository(name: str, project: Project, created: datetime | None) -> dict[str, Any]:
    return {
        **({"date_created": int(created.timestamp())} if created else {}),
        "name": name.partition("/")[2],
        "namespace": project.name,
        "repo_full_name": name,
        "repo_type": "public" if project.is_public else "private",
    }


def _of_replication(event: ReplicationEnded, host: str) -> dict[str, Any]:
    return {
        "harbor_hostname": host,
        "job_status": event.status,
        "description": event.description,
        "artifact_type": event.artifact_type,
        "authentication_type": "basic",
        "override_mode": event.override,
        "trigger_type": event.trigger,
        "policy_creator": event.policy_creator,
        "execution_timestamp": int(event.occurred_at),
        "src_resource": _side(event.source),
        "dest_resource": _side(event.destination),
        "successful_artifact": _artifacts(event.succeeded),
        "failed_artifact": _artifacts(event.failed),
        "execution_id": event.execution_id,
        "task_id": event.task_id,
    }


def _of_retention(event: TagRetentionFinished, project: Project, host: str) -> dict[str, Any]:
    return {
        "total": event.total,
        "retained": event.retained,
        "harbor_hostname": host,
        "project_name": project.name,
        "retention_policy_id": event.policy_id,
        "retention_rule": [dict(rule) for rule in event.rules],
        "result": event.status,
        "deleted_artifact": _artifacts(event.deleted),
    }


def _side(side: ReplicationSide) -> dict[str, str]:
    return {
        "registry_name": side.registry_name,
        "registry_type": side.registry_type,
        "endpoint": side.endpoint,
        "provider": side.provider,
        "namespace": side.namespace,
    }


def _artifacts(artifacts: tuple[ReplicatedArtifact, ...]) -> list[dict[str, Any]]:
    return [
        {
            "type": each.type,
            "status": each.status,
            "name_tag": each.name_tag,
            "references": list(each.references),
            "fail_reason": each.reason,
        }
        for each in artifacts
    ]
