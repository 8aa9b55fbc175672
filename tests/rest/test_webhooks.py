"""Webhooks over the REST API (Harbor's tags ``webhook`` and ``webhookjob``)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.models import Project
from audit.models import AuditLog
from jobs.models import Execution, Status, Task, WebhookPolicy
from jobs.webhooks.words import EVENT_TYPES
from registry_api.models import EventSubscription
from tests.rest.conftest import Caller
from tests.rest.webhook_policies import HOOK, body, make
from tests.support.people import People


def test_making_listing_changing_and_deleting_one(owner: Caller, project: Project) -> None:
    path = make(owner, project, description="what for")
    [shown] = owner.get(f"/projects/{project.pk}/webhook/policies").expect(200).json
    assert shown == {
        "id": int(path.rpartition("/")[2]),
        "name": "hook",
        "description": "what for",
        "project_id": project.pk,
        "enabled": True,
        "event_types": ["PUSH_ARTIFACT"],
        "targets": [{**HOOK, "skip_cert_verify": False, "payload_format": "Default"}],
        "creator": owner.name,
        "creation_time": shown["creation_time"],
        "update_time": shown["update_time"],
    }
    slack = {"type": "slack", "address": "https://hooks.example.org/slack", "skip_cert_verify": True}
    changed = body("other", event_types=["QUOTA_EXCEED", "TAG_RETENTION"], targets=[slack], enabled=False)
    owner.put(path, changed).expect(200)
    again = owner.get(path).expect(200).json
    assert {name: again[name] for name in changed} == changed
    assert (again["description"], again["creator"]) == ("", owner.name)
    owner.delete(path).expect(200)
    owner.get(path).expect(404)
    owner.delete(path).expect(404)
    owner.put(path, changed).expect(404)


def test_who_is_subscribed(owner: Caller, project: Project) -> None:
    path = make(owner, project, event_types=["PUSH_ARTIFACT", "SCANNING_FAILED", "SCANNING_STOPPED"])
    subscriber = f"webhook:{path.rpartition('/')[2]}"
    wanted = EventSubscription.objects.filter(subscriber=subscriber, project=project)
    assert set(wanted.values_list("event", flat=True)) == {"ArtifactPushed", "ScanEnded"}
    owner.put(path, body(event_types=["PUSH_ARTIFACT"], enabled=False)).expect(200)
    assert not wanted.exists()
    owner.put(path, body(event_types=["PULL_ARTIFACT"])).expect(200)
    assert set(wanted.values_list("event", flat=True)) == {"ArtifactPulled"}
    owner.delete(path).expect(200)
    assert not EventSubscription.objects.exists()


def test_names_are_taken_within_a_project(owner: Caller, admin: Caller, project: Project, people: People) -> None:
    make(owner, project)
    assert owner.post(f"/projects/{project.name}/webhook/policies", body()).expect(409).code == "CONFLICT"
    other = make(owner, project, "other")
    owner.put(other, body()).expect(409)
    make(admin, people.new_project())
    assert WebhookPolicy.objects.filter(project=project).count() == 2


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"name": ""}, 400),
        ({"name": "x" * 257}, 400),
        ({"name": 1}, 422),
        ({"description": "x" * 4097}, 400),
        ({"event_types": []}, 400),
        ({"event_types": ["PUSH_ARTIFACT", "PUSHED"]}, 400),
        ({"event_types": "PUSH_ARTIFACT"}, 422),
        ({"targets": []}, 400),
        ({"targets": [HOOK] * 11}, 400),
        ({"targets": [{"type": "http"}]}, 422),
        ({"targets": [{**HOOK, "type": "mail"}]}, 400),
        ({"targets": [{**HOOK, "payload_format": "Other"}]}, 400),
        ({"targets": [{**HOOK, "type": "slack", "payload_format": "CloudEvents"}]}, 400),
        ({"targets": [{**HOOK, "auth_header": "a\r\nX-Other: b"}]}, 400),
        ({"targets": [{**HOOK, "auth_header": "ü"}]}, 400),
        ({"targets": [{**HOOK, "address": "https://new.example.org", "auth_header": "*****"}]}, 400),
        ({"targets": [{**HOOK, "skip_cert_verify": "no"}]}, 422),
        ({"enabled": "yes"}, 422),
    ],
)
def test_what_cannot_be(owner: Caller, project: Project, wrong: dict[str, Any], status: int) -> None:
    path = make(owner, project)
    before = owner.get(path).json
    owner.post(f"/projects/{project.name}/webhook/policies", {**body("second"), **wrong}).expect(status)
    owner.put(path, {**body(), **wrong}).expect(status)
    assert owner.get(path).json == before
    assert WebhookPolicy.objects.count() == 1


def test_secrets_are_not_told_and_kept_when_masked(owner: Caller, project: Project) -> None:
    path = make(owner, project, targets=[{**HOOK, "auth_header": "Bearer x"}])
    owner.put(f"{path}/extras", {"secret": "s" * 20}).expect(200)
    shown = owner.get(path).json
    assert shown["targets"][0]["auth_header"] == "*****"
    assert owner.get(f"{path}/extras").json["is_signed"] is True
    owner.put(path, {**body("renamed"), "targets": shown["targets"]}).expect(200)
    owner.put(f"{path}/extras", {"tag_pattern": "v*"}).expect(200)
    policy = WebhookPolicy.objects.get()
    assert (policy.name, policy.secret, policy.tag_pattern) == ("renamed", "s" * 20, "v*")
    assert "Bearer x" in policy.targets
    owner.put(path, body()).expect(200)
    owner.put(f"{path}/extras", {"secret": ""}).expect(200)
    assert "auth_header" not in owner.get(path).json["targets"][0]
    assert owner.get(f"{path}/extras").json == {"repository_pattern": "", "tag_pattern": "v*", "is_signed": False}


def test_a_masked_header_does_not_go_to_another_address(owner: Caller, project: Project) -> None:
    path = make(owner, project, targets=[{**HOOK, "auth_header": "Bearer x"}])
    target = {**owner.get(path).json["targets"][0], "address": "https://elsewhere.example.org/"}
    answer = owner.put(path, body(targets=[target])).expect(400)
    assert "say the authorization header again" in answer.message


@pytest.mark.parametrize("extras", [{"tag_pattern": "["}, {"repository_pattern": "x" * 256}, {"secret": "x" * 257}])
def test_extras_that_cannot_be(owner: Caller, project: Project, extras: dict[str, str]) -> None:
    path = make(owner, project)
    owner.put(f"{path}/extras", extras).expect(400)
    assert owner.get(f"{path}/extras").json == {"repository_pattern": "", "tag_pattern": "", "is_signed": False}


def test_an_address_without_a_scheme_is_http_and_fragments_go(owner: Caller, project: Project) -> None:
    path = make(owner, project, targets=[{"type": "http", "address": "hooks.example.org/a#b"}])
    assert owner.get(path).json["targets"][0]["address"] == "http://hooks.example.org/a"


def test_each_change_is_recorded_without_secrets(owner: Caller, project: Project) -> None:
    path = make(owner, project, targets=[{**HOOK, "auth_header": "Bearer x"}])
    owner.put(f"{path}/extras", {"secret": "s" * 20}).expect(200)
    owner.put(path, body(targets=[HOOK])).expect(200)
    owner.put(path, body(targets=[HOOK])).expect(200)  # nothing changes
    owner.delete(path).expect(200)
    rows = AuditLog.objects.filter(resource_type="webhook").order_by("pk")
    assert [row.operation for row in rows] == ["create_webhook", "update_webhook", "update_webhook", "delete_webhook"]
    assert {row.username for row in rows} == {owner.name}
    told = str([row.detail for row in rows])
    assert not any(secret in told for secret in ("Bearer x", "s" * 20, "b=c"))


def test_listing_with_filters_and_pages(owner: Caller, project: Project) -> None:
    for name in ("a", "b", "c"):
        make(owner, project, name)
    policies = f"/projects/{project.name}/webhook/policies"
    answer = owner.get(f"{policies}?page_size=2&page=1").expect(200)
    assert ([each["name"] for each in answer.json], answer.headers["X-Total-Count"]) == (["c", "b"], "3")
    assert [each["name"] for each in owner.get(f"{policies}?sort=name").json] == ["a", "b", "c"]
    assert [each["name"] for each in owner.get(f"{policies}?q=name=~B").json] == ["b"]
    assert owner.get(f"{policies}?q=enabled=false").json == []


def test_what_is_supported(owner: Caller, project: Project) -> None:
    shown = owner.get(f"/projects/{project.name}/webhook/events").expect(200).json
    assert shown["event_type"] == list(EVENT_TYPES)
    assert shown["notify_type"] == ["http", "slack"]
    assert shown["payload_formats"] == [{"notify_type": "http", "formats": ["CloudEvents", "Default"]}]


class TestDeliveries:
    @pytest.fixture
    def path(self, owner: Caller, project: Project) -> str:
        """Of a webhook with two targets that was tried out; nothing was sent yet."""
        slack = {"type": "slack", "address": "https://hooks.example.org/slack"}
        path = make(owner, project, targets=[HOOK, slack])
        owner.post(f"{path}/test").expect(200)
        return path

    def test_executions(self, owner: Caller, path: str) -> None:
        answer = owner.get(f"{path}/executions?sort=id").expect(200)
        http, slack = answer.json
        assert (http["vendor_type"], slack["vendor_type"]) == ("WEBHOOK", "SLACK")
        assert {http["vendor_id"], slack["vendor_id"]} == {int(path.rpartition("/")[2])}
        assert (http["status"], http["trigger"]) == ("Running", "MANUAL")
        assert (http["metrics"]["task_count"], http["metrics"]["pending_task_count"]) == (1, 1)
        assert http["extra_attrs"]["event_type"] == "PUSH_ARTIFACT"
        assert answer.headers["X-Total-Count"] == "2"
        assert len(owner.get(f"{path}/executions?q=vendor_type=SLACK").json) == 1
        # The newest first, where nobody says otherwise.
        assert [each["id"] for each in owner.get(f"{path}/executions").json] == [slack["id"], http["id"]]

    def test_tasks_and_their_logs(self, owner: Caller, path: str) -> None:
        execution = owner.get(f"{path}/executions?sort=id").json[0]
        tasks = f"{path}/executions/{execution['id']}/tasks"
        [task] = owner.get(tasks).expect(200).json
        assert (task["status"], task["run_count"], task["execution_id"]) == ("Pending", 0, execution["id"])
        assert '"type":"PUSH_ARTIFACT"' in task["extra_attrs"]["payload"]
        assert "target" not in task["extra_attrs"]
        assert owner.get(f"{tasks}/{task['id']}/log").expect(200).body == b""
        owner.get(f"{tasks}/{task['id'] + 10}/log").expect(404)
        owner.get(f"{path}/executions/{execution['id'] + 10}/tasks").expect(404)

    def test_jobs(self, owner: Caller, project: Project, path: str) -> None:
        number = path.rpartition("/")[2]
        jobs = f"/projects/{project.name}/webhook/jobs"
        found = owner.get(f"{jobs}?policy_id={number}&sort=id").expect(200).json
        assert [(each["notify_type"], each["event_type"]) for each in found] == [
            ("http", "PUSH_ARTIFACT"),
            ("slack", "PUSH_ARTIFACT"),
        ]
        assert {each["policy_id"] for each in found} == {int(number)}
        assert owner.get(f"{jobs}?policy_id={number}&status=success,error").json == []
        assert len(owner.get(f"{jobs}?policy_id={number}&status=Success&status=pending").json) == 2
        owner.get(jobs).expect(422)
        owner.get(f"{jobs}?policy_id=x").expect(422)
        owner.get(f"{jobs}?policy_id=999999").expect(404)

    def test_last_triggers(self, owner: Caller, project: Project, path: str) -> None:
        owner.put(path, body(event_types=["PUSH_ARTIFACT", "PULL_ARTIFACT"])).expect(200)
        Execution.objects.filter(kind="SLACK").update(start_time=F("start_time") + timedelta(hours=1))
        newest = Execution.objects.get(kind="SLACK").start_time
        pushed, pulled = owner.get(f"/projects/{project.name}/webhook/lasttrigger").expect(200).json
        assert (pushed["policy_name"], pushed["event_type"], pushed["enabled"]) == ("hook", "PUSH_ARTIFACT", True)
        assert pushed["last_trigger_time"] == newest.isoformat().replace("+00:00", "Z")
        assert "last_trigger_time" not in pulled

    def test_they_go_with_the_webhook(self, owner: Caller, path: str) -> None:
        owner.delete(path).expect(200)
        assert not Execution.objects.exists()
        assert not Task.objects.filter(status=Status.PENDING).exists()

    def test_those_of_another_project(self, owner: Caller, project: Project, people: People, admin: Caller) -> None:
        mine = make(owner, project)
        other = people.new_project()
        theirs = make(admin, other)
        admin.post(f"{theirs}/test").expect(200)
        execution, task = Execution.objects.get(), Task.objects.get()
        foreign = f"/projects/{project.name}/webhook/policies/{theirs.rpartition('/')[2]}"
        for path in (foreign, f"{foreign}/executions", f"{mine}/executions/{execution.pk}/tasks"):
            owner.get(path).expect(404)
        owner.get(f"{mine}/executions/{execution.pk}/tasks/{task.pk}/log").expect(404)
        owner.post(f"{mine}/executions/{execution.pk}/tasks/{task.pk}/resend").expect(404)
        owner.post(f"{foreign}/test").expect(404)
        owner.get(f"{theirs}/executions").expect(403)
        jobs = f"/projects/{project.name}/webhook/jobs?policy_id={theirs.rpartition('/')[2]}"
        owner.get(jobs).expect(404)


def test_lists_ask_as_often_however_long_they_are(owner: Caller, project: Project, settings: Any) -> None:
    # Else the caller is looked at again after some seconds, at whichever list that happens.
    settings.FAST_PATH_MAX_AGE = settings.CREDENTIAL_CACHE_SECONDS = 3600
    asked = []
    for many in (2, 6):
        for number in range(many):
            path = make(owner, project, f"hook {many} {number}")
            for _ in range(2):
                owner.post(f"{path}/test").expect(200)
        execution = Execution.objects.latest("pk")
        webhooks = f"/projects/{project.name}/webhook"
        lists = (
            *(f"{webhooks}/policies", f"{webhooks}/lasttrigger", f"{webhooks}/jobs?policy_id={execution.subject_id}"),
            *(f"{path}/executions", f"{path}/executions/{execution.pk}/tasks"),
        )
        counted = []
        for address in lists:
            owner.get(address).expect(200)
            with CaptureQueriesContext(connection) as queries:
                owner.get(address).expect(200)
            counted.append(len(queries))
        asked.append(counted)
    assert asked[0] == asked[1]
