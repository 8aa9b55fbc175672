"""What is told of an event, in the words and forms of Harbor: its own, CloudEvents 1.0, and Slack's blocks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
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


def message_of(policy: WebhookPolicy, target: Target, event: Event, host: str, note: str = "") -> Message:
    """``host`` is the registry's, as clients call it; ``note`` is a word on why it is sent, where that needs one."""
    data = data_of(event, policy.project, host)
    if note:
        data["custom_attributes"] = {**data.get("custom_attributes", {}), "Details": note}
    identifier, event_type = str(uuid.uuid4()), type_of(event)
    if target.kind == SLACK:
        body, content_type = _slack(event, event_type, data), JSON
    elif target.payload_format == Format.CLOUD_EVENTS:
        body, content_type = _cloud_event(policy, event, event_type, identifier, data), CLOUD_JSON
    else:
        body, content_type = _default(event, event_type, data), JSON
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Message(identifier, event_type, content_type, text)


def data_of(event: Event, project: Project, host: str) -> dict[str, Any]:
    """Harbor's ``event_data``; asks for the repository's row where the event is about one."""
    if isinstance(event, OfArtifacts):
        return _of_artifact(event, project, host)
    if isinstance(event, OfQuota):
        return {
            "resources": [{"digest": event.digest, "tag": ""}],
            "repository": _repository(event.repository, project),
            "custom_attributes": {"Details": event.message},
        }
    if isinstance(event, ReplicationEnded):
        return {"replication": _of_replication(event, host)}
    if isinstance(event, TagRetentionFinished):
        return {"repository": _repository(event.repository, project), "retention": _of_retention(event, project, host)}
    raise TypeError(f"nothing is told of {event.name()}")


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


def _of_artifact(event: OfArtifacts, project: Project, host: str) -> dict[str, Any]:
    tags = (event.tag,) if isinstance(event, ArtifactPulled) else event.tags
    more: dict[str, Any] = {}
    if isinstance(event, ScanEnded):
        more = {("sbom" if event.scan_type == "sbom" else "scan") + "_overview": dict(event.overview)}
    resources = [
        {
            "digest": event.digest,
            # As Harbor has it: what was done by digest has the digest in the place of the tag.
            "tag": tag or event.digest,
            "resource_url": f"{host}/{event.repository}{':' if tag else '@'}{tag or event.digest}",
            **more,
        }
        for tag in tags or ("",)
    ]
    data = {"resources": resources, "repository": _repository(event.repository, project)}
    return {**data, "scan": {"scan_type": event.scan_type}} if isinstance(event, ScanEnded) else data


def _repository(name: str, project: Project) -> dict[str, Any]:
    created = Repository.objects.filter(name=name).values_list("creation_time", flat=True).first()
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
