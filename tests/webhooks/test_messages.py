"""What a receiver gets to read of each event, in each format (Harbor's payloads)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project
from jobs.models import Task
from jobs.webhooks.words import EVENT_TYPES, Format
from registry_api import events
from registry_api.events import deliver_outbox
from registry_api.models import Manifest, Repository
from registry_api.services.pulls import record_pulls
from tests.rest.conftest import Caller
from tests.rest.pushing import push_random
from tests.support.receiver import Receiver
from tests.support.registry import random_image
from tests.webhooks.conftest import Hook, deliver, told

HOST = "registry.example:8443"


@pytest.fixture(autouse=True)
def _known_by_a_name(settings: Any) -> None:
    settings.EXTERNAL_URL = f"https://{HOST}"


def resource(image: Any, project: Project, tag: str) -> dict[str, str]:
    place = f"{HOST}/{project.name}/app"
    url = f"{place}@{image.digest}" if tag == image.digest else f"{place}:{tag}"
    return {"digest": image.digest, "tag": tag, "resource_url": url}


def test_a_push(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    hook("PUSH_ARTIFACT")
    image = push_random(owner, f"{project.name}/app", "v1")
    received = told(receiver)
    assert (received.method, received.path) == ("POST", "/hook")
    assert received.headers["Content-Type"] == "application/json"
    message = received.json
    repository = Repository.objects.get(project=project)
    assert message == {
        "type": "PUSH_ARTIFACT",
        "occur_at": message["occur_at"],
        "operator": owner.name,
        "event_data": {
            "resources": [resource(image, project, "v1")],
            "repository": {
                "date_created": int(repository.creation_time.timestamp()),
                "name": "app",
                "namespace": project.name,
                "repo_full_name": f"{project.name}/app",
                "repo_type": "private",
            },
        },
    }
    assert isinstance(message["occur_at"], int)


def test_a_push_by_digest(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    hook("PUSH_ARTIFACT")
    image = push_random(owner, f"{project.name}/app")
    assert told(receiver).json["event_data"]["resources"] == [resource(image, project, image.digest)]


def test_a_pull(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    hook("PULL_ARTIFACT")
    image = push_random(owner, f"{project.name}/app", "v1")
    manifest = Manifest.objects.get(repository__project=project)
    record_pulls({(manifest.repository_id, manifest.pk, "v1", "robot$ci"): 2})
    message = told(receiver).json
    assert (message["type"], message["operator"]) == ("PULL_ARTIFACT", "robot$ci")
    assert message["event_data"]["resources"] == [resource(image, project, "v1")]


def test_a_deleted_artifact(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    image = push_random(owner, f"{project.name}/app", "v1", "v2")
    hook("DELETE_ARTIFACT")
    owner.delete(f"/projects/{project.name}/repositories/app/artifacts/v1").expect(200)
    message = told(receiver).json
    assert message["type"] == "DELETE_ARTIFACT"
    assert message["event_data"]["resources"] == [resource(image, project, tag) for tag in ("v1", "v2")]


def test_a_deleted_repository(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    """Each of its artifacts; when the repository was made, nobody knows any more."""
    digests = {push_random(owner, f"{project.name}/app").digest for _ in range(3)}
    hook("DELETE_ARTIFACT")
    owner.delete(f"/projects/{project.name}/repositories/app").expect(200)
    deliver()
    data = [each.json["event_data"] for each in receiver.take()]
    assert {each["resources"][0]["digest"] for each in data} == digests
    assert all("date_created" not in each["repository"] for each in data)


@pytest.mark.parametrize(
    ("size", "status", "event_type"), [(120_000, 403, "QUOTA_EXCEED"), (90_000, 201, "QUOTA_WARNING")]
)
def test_the_quota(
    owner: Caller, project: Project, receiver: Receiver, hook: Hook, size: int, status: int, event_type: str
):
    project.storage_limit = 100_000
    project.save()
    hook("QUOTA_EXCEED", "QUOTA_WARNING")
    digest, blob = max(random_image(layers=1, size=size).blobs.items(), key=lambda each: len(each[1]))
    uploads = f"/v2/{project.name}/app/blobs/uploads/?digest={digest}"
    owner.send("POST", uploads, blob, content_type="application/octet-stream").expect(status)
    message = told(receiver).json
    assert message["type"] == event_type
    assert message["event_data"]["repository"]["repo_full_name"] == f"{project.name}/app"
    assert message["event_data"]["resources"] == [{"digest": digest, "tag": ""}]
    assert message["event_data"]["custom_attributes"].keys() == {"Details"}


def test_replication(project: Project, receiver: Receiver, hook: Hook):
    hook("REPLICATION")
    events.publish(replicated(project))
    message = told(receiver).json
    data = message["event_data"]["replication"]
    assert (message["type"], message["operator"]) == ("REPLICATION", "ann")
    assert data["src_resource"] == {
        "registry_name": "near", "registry_type": "harbor", "endpoint": "https://near", "provider": "Harbor",
        "namespace": project.name,
    }  # fmt: skip
    assert data["dest_resource"]["registry_name"] == "far"
    assert data["failed_artifact"] == [
        {"type": "image", "status": "Error", "name_tag": "app:v2", "references": ["sha256:2"], "fail_reason": "no room"}
    ]
    assert data["successful_artifact"][0]["name_tag"] == "app:v1"
    known = (
        "harbor_hostname",
        "job_status",
        "trigger_type",
        "policy_creator",
        "override_mode",
        "execution_id",
        "task_id",
    )
    assert [data[name] for name in known] == [HOST, "Error", "manual", "bob", True, 5, 6]


def test_tag_retention(project: Project, receiver: Receiver, hook: Hook):
    hook("TAG_RETENTION")
    events.publish(retained(project))
    message = told(receiver).json
    data = message["event_data"]["retention"]
    assert (message["type"], message["event_data"]["repository"]["name"]) == ("TAG_RETENTION", "app")
    known = ("total", "retained", "harbor_hostname", "project_name", "retention_policy_id", "result")
    assert [data[name] for name in known] == [3, 2, HOST, project.name, 7, "Success"]
    assert data["retention_rule"] == [{"template": "always"}]
    assert data["deleted_artifact"][0]["name_tag"] == "app:v1"


@pytest.mark.parametrize(
    ("status", "event_type"),
    [("Success", "SCANNING_COMPLETED"), ("Error", "SCANNING_FAILED"), ("Stopped", "SCANNING_STOPPED")],
)
def test_scanning(project: Project, receiver: Receiver, hook: Hook, status: str, event_type: str):
    """Told by whoever will scan; a webhook for one of the three hears of that one alone."""
    hook(event_type)
    for each in ("Success", "Error", "Stopped"):
        events.publish(
            events.ScanEnded(
                project_id=project.pk,
                operator="ann",
                repository=f"{project.name}/app",
                digest="sha256:1",
                tags=("v1",),
                status=each,
                overview={"report": {"severity": "High"}},
            )
        )
    message = told(receiver).json
    assert message["type"] == event_type
    assert message["event_data"]["scan"] == {"scan_type": "vulnerability"}
    assert message["event_data"]["resources"][0]["scan_overview"] == {"report": {"severity": "High"}}


def test_cloud_events(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    path = hook("PUSH_ARTIFACT", payload_format="CloudEvents")
    image = push_random(owner, f"{project.name}/app", "v1")
    received = told(receiver)
    assert received.headers["Content-Type"].startswith("application/cloudevents+json")
    event = received.json
    assert event.keys() == {
        "specversion", "id", "source", "type", "datacontenttype", "time", "operator", "requestid", "data"
    }  # fmt: skip
    assert (event["specversion"], event["type"]) == ("1.0", "harbor.artifact.pushed")
    assert event["source"] == f"/projects/{project.pk}/webhook/policies/{path.rpartition('/')[2]}"
    assert event["datacontenttype"] == "application/json"
    assert datetime.fromisoformat(event["time"]).tzinfo
    assert event["data"]["resources"] == [resource(image, project, "v1")]
    assert event["id"] == received.headers["X-Portolan-Delivery"]


def test_the_repository_is_asked_for_once_however_many_hear_of_it(
    owner: Caller, project: Project, receiver: Receiver, hook: Hook
):
    for extras in ({}, {}, {"tag_pattern": "v*"}, {"tag_pattern": "v1"}):
        path = hook("PUSH_ARTIFACT", extras=extras)
        body = owner.get(path).json
        forms = [{"type": "http", "address": f"{receiver.url}?{each}", "payload_format": each} for each in Format]
        targets = [*body["targets"], *forms, {"type": "slack", "address": receiver.url}]
        owner.put(path, {**body, "targets": targets}).expect(200)
    push_random(owner, f"{project.name}/app", "v1", "v2")
    with CaptureQueriesContext(connection) as asked:
        while deliver_outbox():
            pass
    assert Task.objects.count() == 4 * 4 + 3 * 4  # of two pushes, one of which a filter keeps from one webhook
    of_repositories = [each for each in asked if 'FROM "registry_api_repository"' in each["sql"]]
    assert len(of_repositories) == 2
    tasks = Task.objects.order_by("pk")
    created = {json.loads(each.parameters["payload"])["event_data"]["repository"]["date_created"] for each in tasks
               if each.parameters["payload"].startswith('{"type"')}  # fmt: skip
    assert created == {int(Repository.objects.get(project=project).creation_time.timestamp())}
    assert len({each.parameters["id"] for each in tasks}) == len(tasks)


def test_slack(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    hook("PUSH_ARTIFACT", type="slack")
    image = push_random(owner, f"{project.name}/app", "v1")
    [execution] = deliver()
    [received] = receiver.take()
    assert execution.kind == "SLACK"
    texts = [block["text"]["text"] for block in received.json["blocks"]]
    assert texts[1] == "*event_type:* PUSH_ARTIFACT"
    assert texts[3] == f"*operator:* {owner.name}"
    assert image.digest in texts[5]
    assert {block["type"] for block in received.json["blocks"]} == {"section"}


def test_slack_gets_no_links_and_no_endless_texts(project: Project, receiver: Receiver, hook: Hook):
    hook("PUSH_ARTIFACT", type="slack")
    many = tuple(f"tag-{number}" for number in range(200))
    event = events.ArtifactPushed(
        project_id=project.pk,
        operator="<!channel> & co",
        repository=f"{project.name}/app",
        digest="sha256:1",
        tags=many,
    )
    events.publish(event)
    texts = [block["text"]["text"] for block in told(receiver).json["blocks"]]
    assert texts[3] == "*operator:* &lt;!channel&gt; &amp; co"
    assert all(len(text) <= 3000 for text in texts)


def test_all_types_are_known():
    assert set(EVENT_TYPES) == {
        *("PUSH_ARTIFACT", "PULL_ARTIFACT", "DELETE_ARTIFACT", "SCANNING_COMPLETED", "SCANNING_FAILED"),
        *("SCANNING_STOPPED", "QUOTA_EXCEED", "QUOTA_WARNING", "REPLICATION", "TAG_RETENTION"),
    }


def test_nothing_is_sent_for_other_events(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    hook("DELETE_ARTIFACT")
    push_random(owner, f"{project.name}/app", "v1")
    assert deliver_outbox() == 0
    assert deliver() == []


def test_a_dry_run_of_tag_retention_is_not_told(project: Project, receiver: Receiver, hook: Hook):
    hook("TAG_RETENTION")
    events.publish(retained(project, is_dry_run=True))
    assert deliver() == []
    assert receiver.take() == []


def retained(project: Project, **more: Any) -> events.TagRetentionFinished:
    return events.TagRetentionFinished(
        project_id=project.pk,
        operator="ann",
        execution_id=5,
        task_id=6,
        policy_id=7,
        status="Success",
        repository=f"{project.name}/app",
        total=3,
        retained=2,
        rules=({"template": "always"},),
        deleted=(events.ReplicatedArtifact(type="image", name_tag="app:v1", status="Success"),),
        **more,
    )


def replicated(project: Project) -> events.ReplicationEnded:
    def side(name: str) -> events.ReplicationSide:
        return events.ReplicationSide(
            registry_name=name,
            registry_type="harbor",
            endpoint=f"https://{name}",
            provider="Harbor",
            namespace=project.name,
        )

    def artifact(tag: str, **more: str) -> events.ReplicatedArtifact:
        return events.ReplicatedArtifact(type="image", name_tag=f"app:{tag}", references=(f"sha256:{tag[1]}",), **more)

    return events.ReplicationEnded(
        project_id=project.pk,
        operator="ann",
        execution_id=5,
        task_id=6,
        status="Error",
        trigger="manual",
        policy_name="away",
        policy_creator="bob",
        source=side("near"),
        destination=side("far"),
        succeeded=(artifact("v1", status="Success"),),
        failed=(artifact("v2", status="Error", reason="no room"),),
    )
