"""A project with a webhook, a server that receives what it sends, and the outbox and its jobs done at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Project
from jobs.models import Execution, Status, Task
from registry_api.events import deliver_outbox
from tests.rest.conftest import (
    Caller,
    admin,
    nobody,
    owner,
    people,
    plain_static_files,
    project,
    user,
)
from tests.support.jobs import run_now
from tests.support.receiver import Received, Receiver

__all__ = ["admin", "nobody", "owner", "people", "plain_static_files", "project", "user"]

ARTIFACT_EVENTS = ["PUSH_ARTIFACT", "PULL_ARTIFACT", "DELETE_ARTIFACT"]
Hook = Callable[..., str]


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings: Settings) -> None:
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture(scope="session")
def one_receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def receiver(one_receiver: Receiver) -> Receiver:
    one_receiver.take()
    one_receiver.replies.clear()
    return one_receiver


@pytest.fixture
def hook(owner: Caller, project: Project, receiver: Receiver) -> Hook:
    """Makes a webhook of the project; its path in the REST API."""

    def make(*event_types: str, extras: dict[str, str] | None = None, **target: Any) -> str:
        body = {
            "name": f"hook {timezone.now().timestamp()}",
            "enabled": True,
            "event_types": list(event_types) or ARTIFACT_EVENTS,
            "targets": [{"type": "http", "address": receiver.url, **target}],
        }
        answer = owner.post(f"/projects/{project.name}/webhook/policies", body).expect(201)
        path = answer.headers["Location"].removeprefix("/api/v2.0")
        if extras:
            owner.put(f"{path}/extras", extras).expect(200)
        return path

    return make


def deliver() -> list[Execution]:
    """Hands over the events, and does the jobs that come of them, until nothing is due; those jobs."""
    before = set(Execution.objects.values_list("pk", flat=True))
    while deliver_outbox():
        pass
    return [run_now(each) for each in Execution.objects.exclude(pk__in=before).order_by("pk")]


def make_due(execution: Execution) -> None:
    """As if the pause before the next try were over."""
    Task.objects.filter(execution=execution, status=Status.PENDING).update(not_before=timezone.now())


def told(receiver: Receiver) -> Received:
    """The only thing that was sent."""
    deliver()
    [received] = receiver.take()
    return received
