"""What people do with single deliveries: trying a webhook out, sending a message again, giving one up."""

from __future__ import annotations

import pytest

from accounts.models import Project
from audit.models import AuditLog
from jobs.models import Execution, Status, Task
from tests.rest.conftest import Caller
from tests.rest.pushing import push_random
from tests.support.jobs import run_now
from tests.support.receiver import Receiver, Reply
from tests.webhooks.conftest import Hook, deliver, make_due


@pytest.fixture
def failed(owner: Caller, project: Project, receiver: Receiver, hook: Hook) -> str:
    """A task that the receiver has refused for good; its path in the REST API."""
    path = hook(extras={"secret": "a secret"})
    receiver.replies = [Reply(302)]
    push_random(owner, f"{project.name}/app", "v1")
    [execution] = deliver()
    task = Task.objects.get(execution=execution)
    return f"{path}/executions/{execution.pk}/tasks/{task.pk}"


def test_sending_again(owner: Caller, receiver: Receiver, failed: str):
    [first] = receiver.take()
    location = owner.post(f"{failed}/resend").expect(201).headers["Location"]
    execution = Execution.objects.get(pk=location.rpartition("/")[2])
    assert (execution.trigger, execution.operator) == ("MANUAL", owner.name)
    assert run_now(execution).status == Status.SUCCESS
    [second] = receiver.take()
    names = ("X-Portolan-Delivery", "X-Portolan-Signature", "X-Portolan-Event", "Content-Type")
    assert (first.body, [first.headers[name] for name in names]) == (
        second.body,
        [second.headers[name] for name in names],
    )
    assert AuditLog.objects.filter(operation="resend_webhook", username=owner.name).count() == 1


def test_not_while_it_is_on_its_way(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    path = hook()
    receiver.replies = [Reply(500)]
    push_random(owner, f"{project.name}/app", "v1")
    [execution] = deliver()
    task = Task.objects.get(execution=execution)
    owner.post(f"{path}/executions/{execution.pk}/tasks/{task.pk}/resend").expect(412)
    assert Execution.objects.count() == 1


def test_not_as_another_webhooks(owner: Caller, hook: Hook, failed: str):
    other = hook("PUSH_ARTIFACT")
    owner.post(f"{other}/executions/{failed.partition('/executions/')[2]}/resend").expect(404)


def test_giving_up(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    path = hook()
    receiver.replies = [Reply(500)]
    push_random(owner, f"{project.name}/app", "v1")
    [execution] = deliver()
    owner.put(f"{path}/executions/{execution.pk}", {"status": "Success"}).expect(400)
    owner.put(f"{path}/executions/{execution.pk}", {"status": "Stopped"}).expect(200)
    make_due(execution)
    assert run_now(execution).status == Status.STOPPED
    assert len(receiver.take()) == 1


def test_trying_a_webhook_out(owner: Caller, project: Project, receiver: Receiver, hook: Hook):
    path = hook("DELETE_ARTIFACT", extras={"tag_pattern": "v*"})
    owner.put(path, {**owner.get(path).json, "enabled": False}).expect(200)
    [execution_id] = owner.post(f"{path}/test").expect(200).json["execution_ids"]
    assert run_now(Execution.objects.get(pk=execution_id)).status == Status.SUCCESS
    [received] = receiver.take()
    assert received.json["type"] == "PUSH_ARTIFACT"
    assert "test" in received.json["event_data"]["custom_attributes"]["Details"]
    assert received.json["event_data"]["repository"]["repo_full_name"] == f"{project.name}/example"
