"""The whole product, from a push and a pull on the wire to the receiver's door: outbox, scheduler, broker, worker."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
import requests
from django.test import override_settings

from accounts.models import Project
from accounts.permissions import Role
from jobs.models import WebhookPolicy
from jobs.webhooks.services import create_webhook, delete_webhook
from jobs.webhooks.targets import Target
from registry_api.models import Manifest
from tests.support.people import People, Person
from tests.support.product import Product
from tests.support.receiver import Receiver, Reply
from tests.support.registry import Registry
from tests.support.until import wait_until


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def project(people: People) -> Project:
    return people.new_project()


@pytest.fixture
def owner(people: People, project: Project) -> Person:
    return people.new_user(project=project, role=Role.PROJECT_ADMIN)


@pytest.fixture
def hook(project: Project, owner: Person, receiver: Receiver) -> Iterator[WebhookPolicy]:
    with override_settings(ALLOWED_NETWORKS=[ip_network("127.0.0.0/8")]):
        policy = create_webhook(
            actor=owner.actor,
            project=project,
            name="bell",
            event_types=["PUSH_ARTIFACT", "PULL_ARTIFACT", "DELETE_ARTIFACT", "QUOTA_EXCEED"],
            targets=[Target(address=receiver.url)],
        )
    yield policy
    delete_webhook(actor=owner.actor, policy=policy)


def test_push_pull_and_delete(
    product: Product, project: Project, owner: Person, receiver: Receiver, hook: WebhookPolicy
) -> None:
    name = f"{project.name}/app"
    receiver.replies = [Reply(503, {"Retry-After": "1"})]
    with Registry(product.address, owner) as registry:
        image = registry.make_image(name, "v1")
        # The first message is not taken and comes again.
        wait_until(lambda: len(receiver.received) == 2, "the push was told")
        first, second = receiver.take()
        assert (first.body, first.json["type"]) == (second.body, "PUSH_ARTIFACT")
        for _ in range(3):
            registry.get_manifest(name, "v1")
        # Each process tells of the pulls that it has served.
        pulled = first_of(receiver, "PULL_ARTIFACT")
        assert pulled["operator"] == owner.username
        assert pulled["event_data"]["resources"][0]["tag"] == "v1"
        registry.request("DELETE", f"/v2/{name}/manifests/{image.digest}")
        deleted = first_of(receiver, "DELETE_ARTIFACT")
        assert deleted["event_data"]["resources"][0]["digest"] == image.digest


def test_a_refused_push(
    product: Product, project: Project, owner: Person, receiver: Receiver, hook: WebhookPolicy
) -> None:
    """Nothing of the push is left but the news of it."""
    Project.objects.filter(pk=project.pk).update(storage_limit=10_000)
    with Registry(product.address, owner) as registry, pytest.raises(requests.HTTPError, match="exceed"):
        registry.make_image(f"{project.name}/app", "v1", layers=1, size=20_000)
    message = first_of(receiver, "QUOTA_EXCEED")
    assert message["operator"] == owner.username
    assert "will exceed the configured upper limit" in message["event_data"]["custom_attributes"]["Details"]
    assert not Manifest.objects.filter(repository__project=project).exists()


def first_of(receiver: Receiver, event_type: str) -> Any:
    found: list[Any] = []

    def is_there() -> bool:
        found.extend(each.json for each in receiver.take())
        return any(each["type"] == event_type for each in found)

    wait_until(is_there, f"{event_type} was told")
    return next(each for each in found if each["type"] == event_type)
