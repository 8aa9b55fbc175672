"""How a message is delivered: headers, tries, what is kept of the answer, and what is never kept."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Project
from jobs.framework.claiming import claim_task
from jobs.framework.kinds import Queue
from jobs.framework.logs import read_log
from jobs.models import Execution, Status, Task, WebhookPolicy
from jobs.webhooks.targets import read_targets
from registry_api.events import deliver_outbox
from tests.remotes.certificates import self_signed
from tests.rest.conftest import Caller
from tests.rest.pushing import push_random
from tests.support.forward_proxy import ForwardProxy
from tests.support.hand_made import HandMade
from tests.support.jobs import run_now, run_task_now
from tests.support.receiver import Receiver, Reply
from tests.webhooks.conftest import Hook, deliver, make_due, told

SECRET = "Between-the-two-of-us"
HEADER = "Bearer of-a-secret"


def push_and_deliver(owner: Caller, project: Project) -> tuple[Execution, Task]:
    push_random(owner, f"{project.name}/app", "v1")
    [execution] = deliver()
    return execution, Task.objects.get(execution=execution)


def pause_of(task: Task) -> float:
    """Seconds between a try and the next one."""
    task.refresh_from_db()
    return float((task.not_before - task.update_time).total_seconds())


def log_of(task: Task) -> str:
    task.refresh_from_db()
    return b"".join(read_log(task)).decode()


def test_one_that_is_taken(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    path = hook()
    execution, task = push_and_deliver(owner, project)
    assert (execution.kind, execution.status, execution.trigger) == ("WEBHOOK", Status.SUCCESS, "EVENT")
    assert (execution.subject_id, execution.project_id) == (int(path.rpartition("/")[2]), project.pk)
    assert execution.operator == owner.name
    [received] = receiver.take()
    assert task.parameters["payload"].encode() == received.body
    assert received.headers["X-Portolan-Event"] == "PUSH_ARTIFACT"
    assert task.result["response"]["status"] == 200
    assert task.result["response"]["body"] == "thank you"
    assert "answered with 200" in log_of(task)


def test_the_signature(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    hook(extras={"secret": SECRET})
    push_random(owner, f"{project.name}/app", "v1")
    received = told(receiver)
    wanted = hmac.new(SECRET.encode(), received.body, hashlib.sha256).hexdigest()
    assert received.headers["X-Portolan-Signature"] == f"sha256={wanted}"


def test_without_a_secret_nothing_is_signed(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    hook()
    push_random(owner, f"{project.name}/app", "v1")
    received = told(receiver)
    assert "X-Portolan-Signature" not in received.headers
    assert "Authorization" not in received.headers


def test_the_authorization_header_is_sent_and_told_to_nobody(
    owner: Caller, project: Project, receiver: Receiver, hook: Hook
):
    hook(auth_header=HEADER, extras={"secret": SECRET})
    _, task = push_and_deliver(owner, project)
    assert receiver.take()[0].headers["Authorization"] == HEADER
    assert task.result["request"]["headers"]["Authorization"] == "*****"
    with connection.cursor() as cursor:
        for table in ("jobs_webhookpolicy", "jobs_task", "jobs_execution", "audit_auditlog"):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = repr(cursor.fetchall())
            assert HEADER not in rows
            assert SECRET not in rows
    assert HEADER not in log_of(task)


def test_it_is_tried_again(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    hook()
    receiver.replies = [Reply(500, body=b"not now"), Reply(204, body=b"")]
    execution, task = push_and_deliver(owner, project)
    assert (execution.status, task.status) == (Status.RUNNING, Status.PENDING)
    assert task.not_before > task.creation_time
    assert task.result["response"]["body"] == "not now"
    make_due(execution)
    assert run_now(execution).status == Status.SUCCESS
    first, second = receiver.take()
    assert (first.body, first.headers["X-Portolan-Delivery"]) == (second.body, second.headers["X-Portolan-Delivery"])
    assert "answered with 500" in log_of(task)


@pytest.mark.parametrize("status", [400, 404, 410, 503])
def test_but_not_for_ever(owner: Caller, project: Project, receiver: Receiver, hook: Hook, status: int):
    hook()
    receiver.replies = [Reply(status)] * 5
    execution, _ = push_and_deliver(owner, project)
    for _ in range(2):
        make_due(execution)
        run_now(execution)
    execution.refresh_from_db()
    assert (execution.status, execution.status_message) == (Status.ERROR, f"answered with {status}")
    assert len(receiver.take()) == 3


def test_each_time_later(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    hook()
    receiver.replies = [Reply(500)] * 2
    execution, task = push_and_deliver(owner, project)
    first = pause_of(task)
    make_due(execution)
    run_now(execution)
    assert pause_of(task) > first > 0


@pytest.mark.parametrize("name", ["Retry-After", "retry-after"])
@pytest.mark.parametrize("status", [429, 503])
def test_it_comes_back_when_the_receiver_says(
    owner: Caller, project: Project, receiver: Receiver, hook: Hook, status: int, name: str
):
    hook()
    receiver.replies = [Reply(status, {name: "120"})]
    _, task = push_and_deliver(owner, project)
    assert pause_of(task) == pytest.approx(120, abs=1)


def test_it_comes_back_at_the_hour_that_the_receiver_says(
    owner: Caller, project: Project, receiver: Receiver, hook: Hook
):
    hook()
    hour = timezone.now().replace(microsecond=0) + timedelta(seconds=300)
    receiver.replies = [Reply(503, {"Retry-After": format_datetime(hour, usegmt=True)})]
    _, task = push_and_deliver(owner, project)
    assert abs(task.not_before - hour) < timedelta(seconds=60)


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        ("86400", 599, 601),
        ("9" * 400, 599, 601),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 599, 601),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 1, 60),
        ("-5", 1, 60),
        ("soon", 1, 60),
    ],
)
def test_but_neither_for_hours_nor_at_once(
    owner: Caller, project: Project, receiver: Receiver, hook: Hook, asked: str, least: int, most: int
):
    hook()
    receiver.replies = [Reply(503, {"Retry-After": asked})]
    _, task = push_and_deliver(owner, project)
    assert least <= pause_of(task) <= most


def test_messages_go_out_in_the_order_of_the_events(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    hook("PUSH_ARTIFACT", "DELETE_ARTIFACT")
    for tag in ("v1", "v2", "v3"):
        push_random(owner, f"{project.name}/app", tag)
    owner.delete(f"/projects/{project.name}/repositories/app/artifacts/v2").expect(200)
    while deliver_outbox():
        pass
    while task := claim_task(Queue.NOTIFY, "the test"):
        run_task_now(task)
    came = [(each.json["type"], each.json["event_data"]["resources"][0]["tag"]) for each in receiver.take()]
    pushes = [("PUSH_ARTIFACT", tag) for tag in ("v1", "v2", "v3")]
    assert came == [*pushes, ("DELETE_ARTIFACT", "v2")]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(owner: Caller, project: Project, receiver: Receiver, hook: Hook, status: int):
    hook()
    receiver.replies = [Reply(status, {"Location": f"{receiver.url}/elsewhere"})]
    execution, task = push_and_deliver(owner, project)
    assert (execution.status, task.run_count) == (Status.ERROR, 1)
    assert "redirects are not followed" in execution.status_message
    assert [each.path for each in receiver.take()] == ["/hook"]


def test_a_receiver_that_takes_its_time(owner: Caller, project: Project, receiver: Receiver, hook: Hook, settings: Any):
    settings.WEBHOOK_SECONDS = 0.2
    hook()
    receiver.replies = [Reply(pause=0.6)]
    _, task = push_and_deliver(owner, project)
    assert task.status == Status.PENDING
    assert "in time" in task.status_message or "within" in task.status_message
    assert task.result["response"]["error"] == task.status_message


def test_nobody_listens(owner: Caller, project: Project, hook: Hook):
    hook(address="http://127.0.0.1:1/hook")
    _, task = push_and_deliver(owner, project)
    assert (task.status, task.status_message) == (Status.PENDING, "no connection to 127.0.0.1:1")


def test_a_certificate_that_nobody_vouches_for(owner: Caller, project: Project, hook: Hook, tmp_path: Path):
    with HandMade(certificate=self_signed(tmp_path, "127.0.0.1")) as server:
        hook(address=f"{server.url}/hook")
        execution, task = push_and_deliver(owner, project)
    assert (execution.status, task.run_count) == (Status.ERROR, 1)
    assert "is not trusted" in execution.status_message


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_a_certificate_that_nobody_has_to_vouch_for(owner: Caller, project: Project, hook: Hook, tmp_path: Path):
    with HandMade(certificate=self_signed(tmp_path, "127.0.0.1")) as server:
        server.on("POST /hook", b"thank you")
        hook(address=f"{server.url}/hook", skip_cert_verify=True)
        execution, task = push_and_deliver(owner, project)
    assert execution.status == Status.SUCCESS, execution.status_message
    [call] = server.seen("POST", "/hook")
    assert call.body == task.parameters["payload"].encode()


def test_a_proxy_that_refuses(owner: Caller, project: Project, hook: Hook, settings: Any):
    with ForwardProxy({}, user="somebody") as proxy:
        settings.REMOTE_PROXY = f"http://127.0.0.1:{proxy.port}"
        hook(address="https://hooks.example.org/hook")
        execution, task = push_and_deliver(owner, project)
        assert (execution.status, task.run_count) == (Status.ERROR, 1), task.status_message
        assert proxy.asked == ["CONNECT hooks.example.org:443"]


def test_what_is_kept_of_an_answer(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    hook()
    body = b"\xff\0" + b"x" * 5000
    receiver.replies = [Reply(200, {"Set-Cookie": "session=1", "X-Long": "y" * 5000}, body)]
    execution, task = push_and_deliver(owner, project)
    assert execution.status == Status.SUCCESS
    kept = task.result["response"]
    assert len(kept["body"]) == 1023
    assert "\0" not in kept["body"]
    assert kept["headers"]["Set-Cookie"] == "*****"
    assert len(kept["headers"]["X-Long"]) == 500


def test_an_answer_without_end(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    hook()
    receiver.replies = [Reply(200, body=b"x" * (2 << 20))]
    execution, _ = push_and_deliver(owner, project)
    assert execution.status == Status.ERROR
    assert "more than" in execution.status_message


def test_each_target_gets_its_own(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    path = hook()
    body = owner.get(path).json
    slack = {"type": "slack", "address": receiver.url}
    cloud = {"type": "http", "address": f"{receiver.url}?cloud=1", "payload_format": "CloudEvents"}
    owner.put(path, {**body, "targets": [*body["targets"], slack, cloud]}).expect(200)
    receiver.replies = [Reply(404)]
    push_random(owner, f"{project.name}/app", "v1")
    executions = deliver()
    assert [each.status for each in executions] == [Status.RUNNING, Status.SUCCESS, Status.SUCCESS]
    default, in_blocks, as_event = (each.json for each in receiver.take())
    assert (default["type"], as_event["specversion"]) == ("PUSH_ARTIFACT", "1.0")
    assert "blocks" in in_blocks


def test_two_targets_of_one_address(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    path = hook()
    body = owner.get(path).json
    twice = [*body["targets"], {"type": "http", "address": receiver.url, "payload_format": "CloudEvents"}]
    for _ in range(2):
        owner.put(path, {**body, "targets": twice}).expect(200)
    push_random(owner, f"{project.name}/app", "v1")
    assert [each.status for each in deliver()] == [Status.SUCCESS] * 2
    assert ["specversion" in each.json for each in receiver.take()] == [False, True]
    assert len({target.id for target in read_targets(WebhookPolicy.objects.get().targets)}) == 2


def test_webhooks_are_switched_off(owner: Caller, project: Project, receiver: Receiver, hook: Hook, settings: Any):
    hook()
    push_random(owner, f"{project.name}/app", "v1")
    settings.CONFIGURATION = {"notification_enable": False}
    assert deliver() == []
    assert receiver.take() == []


def test_a_disabled_webhook(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    path = hook()
    push_random(owner, f"{project.name}/app", "v1")
    owner.put(path, {**owner.get(path).json, "enabled": False}).expect(200)
    push_random(owner, f"{project.name}/app", "v2")
    assert deliver() == []
    owner.put(path, {**owner.get(path).json, "enabled": True}).expect(200)
    push_random(owner, f"{project.name}/app", "v3")
    assert len(deliver()) == 1


def test_one_that_is_switched_off_meanwhile(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    """What was on its way ends; what somebody sends by hand is sent."""
    path = hook()
    receiver.replies = [Reply(500)]
    execution, task = push_and_deliver(owner, project)
    owner.put(path, {**owner.get(path).json, "enabled": False}).expect(200)
    make_due(execution)
    assert run_now(execution).status == Status.ERROR
    assert execution.status_message == "the webhook was switched off"
    assert len(receiver.take()) == 1
    again = owner.post(f"{path}/executions/{execution.pk}/tasks/{task.pk}/resend").expect(201).headers["Location"]
    assert run_now(Execution.objects.get(pk=again.rpartition("/")[2])).status == Status.SUCCESS


@pytest.mark.parametrize("how", ["the webhook", "the target"])
def test_what_went_away_meanwhile(owner: Caller, project: Project, receiver: Receiver, hook: Hook, how: str):
    path = hook()
    receiver.replies = [Reply(500)]
    execution, _ = push_and_deliver(owner, project)
    if how == "the target":
        body = owner.get(path).json
        owner.put(path, {**body, "targets": [{"type": "http", "address": f"{receiver.url}/new"}]}).expect(200)
        make_due(execution)
        assert run_now(execution).status == Status.ERROR
    else:
        owner.delete(path).expect(200)
        assert not WebhookPolicy.objects.exists()
        assert not Execution.objects.exists()
    assert len(receiver.take()) == 1


def test_another_projects_events(owner: Caller, project: Project, receiver: Receiver, hook: Hook, admin: Caller):
    hook()
    admin.post("/projects", {"project_name": f"{project.name}-other"}).expect(201)
    push_random(admin, f"{project.name}-other/app", "v1")
    assert deliver() == []


@pytest.mark.parametrize(
    ("extras", "pushed", "wanted"),
    [
        ({"repository_pattern": "app"}, ["app:v1", "other:v1"], [("app", ["v1"])]),
        ({"repository_pattern": "team/**"}, ["team/a/b:v1", "app:v1"], [("team/a/b", ["v1"])]),
        ({"tag_pattern": "v*"}, ["app:v1", "app:latest"], [("app", ["v1"])]),
        ({"tag_pattern": "{v1,v3}"}, ["app:v1,v2,v3"], [("app", ["v1"]), ("app", ["v3"])]),
        ({"tag_pattern": "v*"}, ["app:"], []),
        ({"repository_pattern": "app", "tag_pattern": "v*"}, ["app:v1", "app:x", "other:v1"], [("app", ["v1"])]),
    ],
)
def test_filters(
    owner: Caller,
    project: Project,
    receiver: Receiver,
    hook: Hook,
    extras: dict[str, str],
    pushed: list[str],
    wanted: list[tuple[str, list[str]]],
):
    hook("PUSH_ARTIFACT", extras=extras)
    for each in pushed:
        repository, _, tags = each.partition(":")
        push_random(owner, f"{project.name}/{repository}", *[tag for tag in tags.split(",") if tag])
    deliver()
    data = [received.json["event_data"] for received in receiver.take()]
    assert [(each["repository"]["name"], [every["tag"] for every in each["resources"]]) for each in data] == wanted


def test_a_deleted_artifact_is_told_with_the_tags_that_fit(
    owner: Caller, project: Project, receiver: Receiver, hook: Hook
):
    push_random(owner, f"{project.name}/app", "v1", "latest")
    hook("DELETE_ARTIFACT", extras={"tag_pattern": "v*"})
    owner.delete(f"/projects/{project.name}/repositories/app/artifacts/latest").expect(200)
    assert [each["tag"] for each in told(receiver).json["event_data"]["resources"]] == ["v1"]
