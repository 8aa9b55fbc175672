"""A webhook opens no way into the network that the product runs in."""

from __future__ import annotations

import socket
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from accounts.models import Project
from jobs.models import Execution, Status, Task
from registry_api.remotes import transport
from tests.rest.conftest import Caller
from tests.rest.pushing import push_random
from tests.support.jobs import run_now
from tests.support.receiver import Receiver, Reply
from tests.webhooks.conftest import Hook, deliver, make_due

NAME = "hooks.example.org"


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What each look-up of any name gives, one after the other."""
    answers: list[list[str]] = []
    monkeypatch.setattr(transport, "lookup", lambda host: [ip_address(each) for each in answers.pop(0)])
    return answers


def deliver_push(owner: Caller, project: Project) -> tuple[Execution, Task]:
    push_random(owner, f"{project.name}/app", "v1")
    [execution] = deliver()
    return execution, Task.objects.get(execution=execution)


@pytest.mark.parametrize("inner", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1"])
def test_a_name_that_leads_inward(
    owner: Caller,
    project: Project,
    receiver: Receiver,
    hook: Hook,
    resolved: list[list[str]],
    settings: Any,
    inner: str,
):
    hook(address=f"http://{NAME}:{receiver.port}/hook")
    settings.ALLOWED_NETWORKS = []
    resolved.append([inner])
    execution, task = deliver_push(owner, project)
    assert (execution.status, task.run_count) == (Status.ERROR, 1)
    told = f"{execution.status_message} {task.result}"
    assert "no address that may be reached" in told
    assert inner not in told
    assert receiver.take() == []


def test_a_name_that_changes_its_mind(
    owner: Caller, project: Project, receiver: Receiver, hook: Hook, resolved: list[list[str]]
):
    """It is looked up once, and the connection goes to what was found then (DNS rebinding)."""
    hook(address=f"http://{NAME}:{receiver.port}/hook")
    resolved += [["127.0.0.1"], ["10.0.0.1"]]
    execution, _ = deliver_push(owner, project)
    assert execution.status == Status.SUCCESS
    assert receiver.take()[0].headers["Host"] == f"{NAME}:{receiver.port}"
    assert resolved == [["10.0.0.1"]]


def test_nobody_looks_it_up_behind_our_back(
    owner: Caller, project: Project, receiver: Receiver, hook: Hook, monkeypatch: pytest.MonkeyPatch
):
    """Neither the library that connects, nor what it stands on: they get an address."""
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def watched(host: Any, *args: Any, **options: Any) -> Any:
        asked.append(str(host))
        return look_up("127.0.0.1" if host == NAME else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    hook(address=f"http://{NAME}:{receiver.port}/hook")
    assert deliver_push(owner, project)[0].status == Status.SUCCESS
    assert asked.count(NAME) == 1
    assert set(asked) == {NAME, "127.0.0.1"}


def test_a_name_that_leads_inward_by_the_second_try(
    owner: Caller, project: Project, receiver: Receiver, hook: Hook, resolved: list[list[str]]
):
    hook(address=f"http://{NAME}:{receiver.port}/hook")
    resolved += [["127.0.0.1"], ["169.254.169.254", "::ffff:10.0.0.1"]]
    receiver.replies = [Reply(500)]
    execution, _ = deliver_push(owner, project)
    make_due(execution)
    assert run_now(execution).status == Status.ERROR
    assert "no address that may be reached" in execution.status_message
    assert len(receiver.take()) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/hook",
        "http://localhost/hook",
        "http://10.0.0.8/hook",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/hook",
        "http://[fe80::1]/hook",
        "http://0.0.0.0/hook",
        "http://localhost./hook",
        "http://hooks.localhost/hook",
        "http://127.0.0.1./hook",
        "http://127.1/hook",
        "http://2130706433/hook",
        "http://0x7f000001/hook",
        "http://0x7f.1/hook",
        "http://0177.0.0.1/hook",
        "http://0xa9fea9fe/latest/meta-data",
        "http://[::ffff:127.0.0.1]/hook",
        "http://[::ffff:a9fe:a9fe]/hook",
        "localhost./hook",
    ],
)
def test_an_inner_address_is_refused_at_once(owner: Caller, project: Project, settings: Any, address: str):
    settings.ALLOWED_NETWORKS = []
    body = {"name": "a", "event_types": ["PUSH_ARTIFACT"], "targets": [{"type": "http", "address": address}]}
    answer = owner.post(f"/projects/{project.name}/webhook/policies", body).expect(400)
    assert "no address that may be reached" in answer.message


def test_what_the_operator_allows(owner: Caller, project: Project, receiver: Receiver, hook: Hook, settings: Any):
    """Private networks too, by address and by number, and nothing beside them."""
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.1"), ip_network("10.8.0.0/16")]
    body = {"name": "a", "event_types": ["DELETE_ARTIFACT"]}
    policies = f"/projects/{project.name}/webhook/policies"
    for host, status in (("10.8.1.1", 201), ("0x0a080101", 201), ("10.9.0.1", 400), ("127.0.0.2", 400)):
        target = {"type": "http", "address": f"http://{host}/hook"}
        owner.post(policies, {**body, "name": host, "targets": [target]}).expect(status)
    hook(address=f"http://2130706433:{receiver.port}/hook")
    execution, _ = deliver_push(owner, project)
    assert execution.status == Status.SUCCESS
    assert len(receiver.take()) == 1


@pytest.mark.parametrize(
    "address",
    ["", "ftp://example.org/", "http://", "http://user:pass@example.org/", "file:///etc/passwd", "a b", "x\ny"],
)
def test_what_is_no_address(owner: Caller, project: Project, address: str):
    body = {"name": "a", "event_types": ["PUSH_ARTIFACT"], "targets": [{"type": "http", "address": address}]}
    owner.post(f"/projects/{project.name}/webhook/policies", body).expect(400)
