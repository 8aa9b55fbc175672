"""Webhooks in the admin: the form, trying one out, and what people do with deliveries."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest
from django.test import Client
from django.urls import reverse

from accounts.errors import Forbidden
from accounts.models import Project
from jobs.models import Execution, Status, Task, WebhookPolicy
from jobs.webhooks.targets import read_targets
from tests.rest.conftest import Caller
from tests.support.jobs import run_now
from tests.support.queries import counted
from tests.support.receiver import Receiver, Reply

DELIVERIES = "admin:jobs_webhookdelivery_changelist"


@pytest.fixture
def client(admin: Caller) -> Client:
    assert admin.person
    browser = Client()
    browser.force_login(admin.person.user, "accounts.backends.local.LocalBackend")
    return browser


def form(receiver: Receiver, **more: Any) -> dict[str, Any]:
    return {
        "name": "bell",
        "enabled": "on",
        "event_types": ["PUSH_ARTIFACT", "QUOTA_WARNING"],
        "kind": "http",
        "address": receiver.url,
        "payload_format": "Default",
        "auth_header": "Bearer of-a-secret",
        "secret": "Between-the-two-of-us",
        "tag_pattern": "v*",
        **more,
    }


@pytest.fixture
def policy(client: Client, project: Project, receiver: Receiver) -> WebhookPolicy:
    add = reverse("admin:jobs_webhookpolicy_add")
    assert client.post(add, {"project": project.pk, **form(receiver)}).status_code == 302
    return WebhookPolicy.objects.get()


def page_of(policy: WebhookPolicy) -> str:
    return reverse("admin:jobs_webhookpolicy_change", args=[policy.pk])


def test_making_one(policy: WebhookPolicy, project: Project, receiver: Receiver):
    [target] = read_targets(policy.targets)
    assert (policy.project, policy.event_types) == (project, ["PUSH_ARTIFACT", "QUOTA_WARNING"])
    assert (target.address, target.auth_header) == (receiver.url, "Bearer of-a-secret")
    assert (policy.secret, policy.tag_pattern, policy.enabled) == ("Between-the-two-of-us", "v*", True)


def test_its_page_tells_no_secret_and_keeps_them(client: Client, policy: WebhookPolicy, receiver: Receiver):
    page = client.get(page_of(policy)).content.decode()
    assert "of-a-secret" not in page
    assert "Between-the-two" not in page
    changed = form(receiver, name="gong", auth_header="*****", secret="*****", skip_cert_verify="on")
    assert client.post(page_of(policy), changed).status_code == 302
    policy.refresh_from_db()
    [target] = read_targets(policy.targets)
    assert (policy.name, policy.secret) == ("gong", "Between-the-two-of-us")
    assert (target.skip_cert_verify, target.auth_header) == (True, "Bearer of-a-secret")


def test_more_targets_stay(client: Client, admin: Caller, policy: WebhookPolicy, project: Project, receiver: Receiver):
    path = f"/projects/{project.name}/webhook/policies/{policy.pk}"
    body = admin.get(path).json
    second = {"type": "slack", "address": f"{receiver.url}/slack", "auth_header": "second"}
    admin.put(path, {**body, "targets": [*body["targets"], second]}).expect(200)
    changed = form(receiver, auth_header="*****", secret="*****", payload_format="CloudEvents")
    assert client.post(page_of(policy), changed).status_code == 302
    policy.refresh_from_db()
    first, other = read_targets(policy.targets)
    assert (first.payload_format, first.auth_header) == ("CloudEvents", "Bearer of-a-secret")
    assert (other.kind, other.auth_header) == ("slack", "second")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"event_types": []}, "A webhook is told of at least one event"),
        ({"address": ""}, "An address of the form"),
        ({"tag_pattern": "["}, "tag_pattern"),
        ({"address": "https://elsewhere.example.org", "auth_header": "*****"}, "Say the authorization header again"),
    ],
)
def test_what_cannot_be_is_told(
    client: Client, policy: WebhookPolicy, receiver: Receiver, wrong: dict[str, Any], told: str
):
    answer = client.post(page_of(policy), {**form(receiver), **wrong})
    assert answer.status_code == 200
    assert told in answer.content.decode()
    before = policy.update_time
    policy.refresh_from_db()
    assert policy.update_time == before


def test_who_may_not_try_it_out_is_refused(client: Client, policy: WebhookPolicy, monkeypatch: pytest.MonkeyPatch):
    """Who might when the page was made, and may not any more."""
    monkeypatch.setattr("jobs.webhooks.admin.policies.send_test", Mock(side_effect=Forbidden("not you")))
    chosen = {"action": "send_tests", "_selected_action": [policy.pk]}
    answer = client.post(reverse("admin:jobs_webhookpolicy_changelist"), chosen)
    assert answer.status_code == 403 and "Not you" in answer.content.decode()


def test_trying_it_out_and_looking_at_what_came(client: Client, policy: WebhookPolicy, receiver: Receiver):
    receiver.replies = [Reply(302, {"X-Told": "in vain"}, b"<b>nobody</b>")]
    tried = {**form(receiver, auth_header="*****", secret="*****"), "_test": "yes"}
    answer = client.post(page_of(policy), tried)
    assert answer["Location"] == f"{reverse(DELIVERIES)}?execution__subject_id={policy.pk}"
    run_now(Execution.objects.get())
    task = Task.objects.get()
    assert policy.name in client.get(answer["Location"]).content.decode()
    page = client.get(reverse("admin:jobs_webhookdelivery_change", args=[task.pk])).content.decode()
    for word in (
        "redirects are not followed",
        "X-Told: in vain",
        "&lt;b&gt;nobody",
        "Authorization: *****",
        "PUSH_ART",
    ):
        assert word in page
    assert "of-a-secret" not in page


@pytest.mark.parametrize("way", ["button", "action"])
def test_sending_again(client: Client, policy: WebhookPolicy, receiver: Receiver, way: str):
    receiver.replies = [Reply(302)]
    client.post(page_of(policy), {**form(receiver, auth_header="*****", secret="*****"), "_test": "yes"})
    run_now(Execution.objects.get())
    task = Task.objects.get()
    if way == "button":
        client.post(reverse("admin:jobs_webhookdelivery_change", args=[task.pk]), {"_resend": "yes"})
    else:
        client.post(reverse(DELIVERIES), {"action": "send_again", "_selected_action": [task.pk]})
    again = Execution.objects.latest("pk")
    assert run_now(again).status == Status.SUCCESS
    first, second = receiver.take()
    assert first.body == second.body


def test_giving_up(client: Client, policy: WebhookPolicy, receiver: Receiver):
    client.post(page_of(policy), {**form(receiver, auth_header="*****", secret="*****"), "_test": "yes"})
    task = Task.objects.get()
    client.post(reverse("admin:jobs_webhookdelivery_change", args=[task.pk]), {"_stop": "yes"})
    task.refresh_from_db()
    assert task.status == Status.STOPPED
    assert receiver.take() == []


def test_what_cannot_be_sent_again_is_told(client: Client, policy: WebhookPolicy, receiver: Receiver):
    client.post(page_of(policy), {**form(receiver, auth_header="*****", secret="*****"), "_test": "yes"})
    action = {"action": "send_again", "_selected_action": [Task.objects.get().pk]}
    page = client.post(reverse(DELIVERIES), action, follow=True).content.decode()
    assert "still on its way" in page and "Done for" not in page
    assert Execution.objects.count() == 1


@pytest.mark.parametrize("room", ["webhookpolicy", "webhookdelivery"])
def test_lists_ask_as_often_however_long_they_are(
    client: Client, admin: Caller, policy: WebhookPolicy, project: Project, receiver: Receiver, room: str
):
    asked = []
    for many in (1, 5):
        for number in range(many):
            body = {
                "name": f"hook {many} {number}",
                "event_types": ["PUSH_ARTIFACT"],
                "targets": [{"type": "http", "address": receiver.url}],
            }
            answer = admin.post(f"/projects/{project.name}/webhook/policies", body).expect(201)
            admin.post(f"{answer.headers['Location'].removeprefix('/api/v2.0')}/test").expect(200)
        with counted() as queries:
            assert client.get(reverse(f"admin:jobs_{room}_changelist")).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]
