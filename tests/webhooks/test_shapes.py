"""The whole of each message, to the key: what a program that was written for Harbor reads of the ten events."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import Project, Visibility
from jobs.webhooks.messages import Telling
from jobs.webhooks.models import WebhookPolicy
from jobs.webhooks.targets import Target
from jobs.webhooks.words import EVENT_TYPES, Format
from registry_api import events

HOST = "registry.example"
DIGEST = f"sha256:{'a' * 64}"
MOMENT = 1_700_000_000.75
MADE = datetime(2023, 1, 2, tzinfo=UTC)
PROJECT = Project(pk=7, name="team", visibility=Visibility.PUBLIC)
POLICY = WebhookPolicy(pk=9, project=PROJECT)
OVERVIEW = {
    "application/vnd.security.vulnerability.report; version=1.1": {"severity": "High", "scan_status": "Success"}
}
COMMON: dict[str, Any] = {"project_id": 7, "operator": "robot$ci", "occurred_at": MOMENT, "request_id": "r-1"}
OF_APP: dict[str, Any] = {**COMMON, "repository": "team/deep/app", "digest": DIGEST}
GONE = events.ReplicatedArtifact(
    type="image", name_tag="app:v1", status="Error", references=(DIGEST,), reason="no room"
)


def side(name: str) -> events.ReplicationSide:
    return events.ReplicationSide(
        registry_name=name, registry_type="harbor", endpoint=f"https://{name}", provider="Harbor", namespace="team"
    )


def told_side(name: str) -> dict[str, str]:
    return {
        "registry_name": name,
        "registry_type": "harbor",
        "endpoint": f"https://{name}",
        "provider": "Harbor",
        "namespace": "team",
    }


def scan(status: str, scan_type: str = "vulnerability") -> events.ScanEnded:
    return events.ScanEnded(**OF_APP, tags=("v1",), status=status, scan_type=scan_type, overview=OVERVIEW)


REPLICATION = events.ReplicationEnded(
    **COMMON,
    execution_id=5,
    task_id=6,
    status="Error",
    trigger="scheduled",
    policy_name="away",
    policy_creator="bob",
    description="nightly",
    override=False,
    artifact_type="image",
    source=side("near"),
    destination=side("far"),
    succeeded=(events.ReplicatedArtifact(type="image", name_tag="app:v2", status="Success"),),
    failed=(GONE,),
)
RETENTION = events.TagRetentionFinished(
    **COMMON,
    execution_id=5,
    task_id=6,
    policy_id=8,
    status="Success",
    repository="team/deep/app",
    total=3,
    retained=2,
    rules=({"template": "always"},),
    deleted=(GONE,),
)
OF: dict[str, events.Event] = {
    "PUSH_ARTIFACT": events.ArtifactPushed(**OF_APP, tags=("v1",), media_type="x/y"),
    "PULL_ARTIFACT": events.ArtifactPulled(**OF_APP, tag="v1", times=3),
    "DELETE_ARTIFACT": events.ArtifactDeleted(**OF_APP, tags=("v1",)),
    "QUOTA_EXCEED": events.QuotaExceeded(**OF_APP, message="no room for 5 bytes"),
    "QUOTA_WARNING": events.QuotaWarning(**OF_APP, message="85 percent"),
    "REPLICATION": REPLICATION,
    "TAG_RETENTION": RETENTION,
    "SCANNING_COMPLETED": scan("Success"),
    "SCANNING_FAILED": scan("Error"),
    "SCANNING_STOPPED": scan("Stopped"),
}

REPOSITORY = {
    "date_created": int(MADE.timestamp()),
    "name": "deep/app",
    "namespace": "team",
    "repo_full_name": "team/deep/app",
    "repo_type": "public",
}
RESOURCE = {"digest": DIGEST, "tag": "v1", "resource_url": f"{HOST}/team/deep/app:v1"}
TOLD_GONE = {
    "type": "image",
    "status": "Error",
    "name_tag": "app:v1",
    "references": [DIGEST],
    "fail_reason": "no room",
}
OF_ARTIFACT = {"resources": [RESOURCE], "repository": REPOSITORY}
OF_SCAN = {
    "resources": [{**RESOURCE, "scan_overview": OVERVIEW}],
    "repository": REPOSITORY,
    "scan": {"scan_type": "vulnerability"},
}


def of_quota(words: str) -> dict[str, Any]:
    return {
        "resources": [{"digest": DIGEST, "tag": ""}],
        "repository": REPOSITORY,
        "custom_attributes": {"Details": words},
    }


DATA: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("PUSH_ARTIFACT", "PULL_ARTIFACT", "DELETE_ARTIFACT"), OF_ARTIFACT),
    **dict.fromkeys(("SCANNING_COMPLETED", "SCANNING_FAILED", "SCANNING_STOPPED"), OF_SCAN),
    "QUOTA_EXCEED": of_quota("no room for 5 bytes"),
    "QUOTA_WARNING": of_quota("85 percent"),
    "REPLICATION": {
        "replication": {
            "harbor_hostname": HOST,
            "job_status": "Error",
            "description": "nightly",
            "artifact_type": "image",
            "authentication_type": "basic",
            "override_mode": False,
            "trigger_type": "scheduled",
            "policy_creator": "bob",
            "execution_timestamp": 1_700_000_000,
            "src_resource": told_side("near"),
            "dest_resource": told_side("far"),
            "successful_artifact": [
                {"type": "image", "status": "Success", "name_tag": "app:v2", "references": [], "fail_reason": ""}
            ],
            "failed_artifact": [TOLD_GONE],
            "execution_id": 5,
            "task_id": 6,
        }
    },
    "TAG_RETENTION": {
        "repository": REPOSITORY,
        "retention": {
            "total": 3,
            "retained": 2,
            "harbor_hostname": HOST,
            "project_name": "team",
            "retention_policy_id": 8,
            "retention_rule": [{"template": "always"}],
            "result": "Success",
            "deleted_artifact": [TOLD_GONE],
        },
    },
}
CLOUD_TYPES = {
    "PUSH_ARTIFACT": "harbor.artifact.pushed",
    "PULL_ARTIFACT": "harbor.artifact.pulled",
    "DELETE_ARTIFACT": "harbor.artifact.deleted",
    "QUOTA_EXCEED": "harbor.quota.exceeded",
    "QUOTA_WARNING": "harbor.quota.warned",
    "REPLICATION": "harbor.replication.status.changed",
    "TAG_RETENTION": "harbor.tag_retention.finished",
    "SCANNING_COMPLETED": "harbor.scan.completed",
    "SCANNING_FAILED": "harbor.scan.failed",
    "SCANNING_STOPPED": "harbor.scan.stopped",
}


def sent(event: events.Event, **target: Any) -> Any:
    return Telling(event, PROJECT, HOST, created=MADE).message_to(POLICY, Target(**target))


def test_none_is_left_out() -> None:
    assert set(OF) == set(DATA) == set(CLOUD_TYPES) == set(EVENT_TYPES)


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_the_default_form(event_type: str) -> None:
    message = sent(OF[event_type])
    assert (message.event_type, message.content_type) == (event_type, "application/json")
    assert json.loads(message.body) == {
        "type": event_type,
        "occur_at": 1_700_000_000,
        "operator": "robot$ci",
        "event_data": DATA[event_type],
    }


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_cloud_events(event_type: str) -> None:
    message = sent(OF[event_type], payload_format=Format.CLOUD_EVENTS)
    assert (message.event_type, message.content_type) == (event_type, "application/cloudevents+json; charset=utf-8")
    assert json.loads(message.body) == {
        "specversion": "1.0",
        "id": message.id,
        "source": "/projects/7/webhook/policies/9",
        "type": CLOUD_TYPES[event_type],
        "datacontenttype": "application/json",
        "time": "2023-11-14T22:13:20Z",
        "operator": "robot$ci",
        "requestid": "r-1",
        "data": DATA[event_type],
    }


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_blocks_for_slack(event_type: str) -> None:
    blocks = json.loads(sent(OF[event_type], kind="slack").body)["blocks"]
    texts = [block["text"]["text"] for block in blocks]
    assert texts[1] == f"*event_type:* {event_type}"
    assert json.loads(texts[-1].strip("`")) == DATA[event_type]


def test_an_sbom_is_told_as_one() -> None:
    data = json.loads(sent(scan("Success", "sbom")).body)["event_data"]
    assert data["resources"] == [{**RESOURCE, "sbom_overview": OVERVIEW}]
    assert data["scan"] == {"scan_type": "sbom"}


def test_what_is_not_known_is_left_out() -> None:
    """When a repository was made that is gone, and what CloudEvents would take for an empty attribute."""
    event = events.ArtifactDeleted(**{**OF_APP, "operator": "", "request_id": ""})
    message = Telling(event, PROJECT, HOST).message_to(POLICY, Target(payload_format=Format.CLOUD_EVENTS))
    body = json.loads(message.body)
    assert not {"operator", "requestid"} & body.keys()
    assert "date_created" not in body["data"]["repository"]
    assert body["data"]["resources"][0]["tag"] == DIGEST


def test_other_events_are_not_told() -> None:
    with pytest.raises(TypeError, match="TagCreated"):
        sent(events.TagCreated(**OF_APP, tag="v1"))
