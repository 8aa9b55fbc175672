"""Policies that begin by themselves when something is pushed or deleted here."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from accounts.actors import SYSTEM
from accounts.models import Project
from jobs.framework.claiming import claim_task, end_task
from jobs.framework.kinds import Queue
from jobs.models import Execution, ReplicationPolicy, Status, Task
from jobs.replication.services.executions import start_replication
from jobs.replication.services.policies import save_replication_policy
from registry_api.events import ReplicationEnded, deliver_outbox, set_subscriptions
from registry_api.events.kinds import event_of
from registry_api.models import OutboxEvent, Registry
from tests.rest.conftest import Caller
from tests.rest.pushing import push, push_random
from tests.support.people import unique
from tests.support.queries import counted
from tests.support.registry import descriptor

MakePolicy = Callable[..., ReplicationPolicy]


@pytest.fixture
def make_policy(db: None) -> MakePolicy:
    registry = Registry.objects.create(name="elsewhere", type="harbor", url="https://registry.example.com")

    def make(**options: Any) -> ReplicationPolicy:
        given = {"name": unique("policy"), "dest_registry": registry, "trigger": "event_based", **options}
        return save_replication_policy(actor=SYSTEM, policy=ReplicationPolicy(**given))

    return make


@pytest.fixture
def app(project: Project) -> str:
    return f"{project.name}/app"


def planned() -> list[dict[str, Any]]:
    """The tasks that there are after all news was delivered."""
    while deliver_outbox():
        pass
    return [task.parameters for task in Task.objects.order_by("pk")]


def test_a_push_is_copied(admin: Caller, app: str, make_policy: MakePolicy) -> None:
    policy = make_policy()
    push_random(admin, app, "v1")
    assert planned() == [{"operation": "copy", "repository": app, "resource_type": "image", "wanted": [["", ["v1"]]]}]
    execution = Execution.objects.get()
    assert (execution.subject_id, execution.trigger, execution.operator) == (policy.pk, "EVENT", "system:replication")


def test_what_waits_is_joined_by_what_comes(admin: Caller, app: str, make_policy: MakePolicy) -> None:
    make_policy()
    image = push_random(admin, app, "v1", "v2")
    push_random(admin, app, "v3")
    push_random(admin, f"{app}/other", "v1")
    push(admin, app, image, "v1")
    first, second = planned()
    assert first["wanted"] == [["", ["v1"]], ["", ["v2"]], ["", ["v3"]]]
    assert second["repository"] == f"{app}/other"


def test_what_is_being_copied_is_left_alone(admin: Caller, app: str, make_policy: MakePolicy) -> None:
    make_policy()
    push_random(admin, app, "v1")
    planned()
    claim_task(Queue.TRANSFER, "the test")
    push_random(admin, app, "v1")
    assert [each["wanted"] for each in planned()] == [[["", ["v1"]]], [["", ["v1"]]]]


@pytest.mark.parametrize(
    "options",
    [
        {"enabled": False},
        {"trigger": "manual"},
        {"filters": [{"type": "name", "value": "another/**"}]},
        {"filters": [{"type": "name", "value": "*/app", "decoration": "excludes"}]},
        {"filters": [{"type": "tag", "value": "x*"}]},
        {"filters": [{"type": "label", "value": ["good"]}]},
        {"filters": [{"type": "resource", "value": "artifact"}]},
    ],
    ids=str,
)
def test_what_does_not_fit_is_not_copied(
    admin: Caller, app: str, make_policy: MakePolicy, options: dict[str, Any]
) -> None:
    make_policy(**options)
    push_random(admin, app, "v1")
    assert planned() == []


def test_only_the_fitting_tags(admin: Caller, app: str, make_policy: MakePolicy) -> None:
    make_policy(filters=[{"type": "tag", "value": "v*"}])
    push_random(admin, app, "v1", "latest")
    assert [each["wanted"] for each in planned()] == [[["", ["v1"]]]]


def test_what_has_no_tag_is_copied_by_its_digest(admin: Caller, app: str, make_policy: MakePolicy) -> None:
    make_policy()
    image = push_random(admin, app)
    assert [each["wanted"] for each in planned()] == [[[image.digest, []]]]


def test_a_signature_goes_with_what_it_signs(admin: Caller, app: str, make_policy: MakePolicy) -> None:
    image = push_random(admin, app, "v1")
    make_policy(filters=[{"type": "tag", "value": "v*"}])
    subject = descriptor(image.media_type, image.manifest)
    push_random(admin, app, subject=subject)
    assert [each["wanted"] for each in planned()] == [[["", ["v1"]]]]


def test_a_tag_given_later(admin: Caller, project: Project, app: str, make_policy: MakePolicy) -> None:
    image = push_random(admin, app, "v1")
    make_policy()
    admin.post(f"/projects/{project.name}/repositories/app/artifacts/{image.digest}/tags", {"name": "v2"}).expect(201)
    assert [each["wanted"] for each in planned()] == [[["", ["v2"]]]]


def test_deletions_follow_where_the_policy_says_so(
    admin: Caller, project: Project, app: str, make_policy: MakePolicy
) -> None:
    image = push_random(admin, app, "v1", "v2")
    make_policy()
    policy = make_policy(replicate_deletion=True)
    artifact = f"/projects/{project.name}/repositories/app/artifacts/{image.digest}"
    admin.delete(f"{artifact}/tags/v2").expect(200)
    admin.delete(artifact).expect(200)
    of_tag, of_artifact = planned()
    common = {"repository": app, "digest": image.digest, "resource_type": "image", "tags": ["v2"]}
    assert of_tag == {**common, "operation": "tag deletion"}
    assert of_artifact == {**common, "operation": "deletion", "tags": ["v1"]}
    assert set(Execution.objects.values_list("subject_id", flat=True)) == {policy.pk}


def test_deletions_of_what_was_never_copied_are_nobodys_business(
    admin: Caller, project: Project, app: str, make_policy: MakePolicy
) -> None:
    image = push_random(admin, app, "latest")
    make_policy(replicate_deletion=True, filters=[{"type": "tag", "value": "v*"}])
    admin.delete(f"/projects/{project.name}/repositories/app/artifacts/{image.digest}").expect(200)
    assert planned() == []


@pytest.mark.parametrize("options", [{"filters": [{"type": "tag", "value": "x*"}]}, {"replicate_deletion": True}])
def test_an_event_is_looked_at_once_for_all_policies(
    admin: Caller, app: str, make_policy: MakePolicy, options: dict[str, Any]
) -> None:
    """What is asked does not grow with policies that it does not concern, or that have a task waiting for it."""

    def asked() -> int:
        push_random(admin, app, "v1")
        planned()
        push_random(admin, app, "v1")
        with counted() as queries:
            planned()
        return sum(query["sql"].startswith("SELECT") for query in queries.captured_queries)

    make_policy(**options)
    alone = asked()
    for _ in range(4):
        make_policy(**options)
    assert asked() == alone


@pytest.mark.parametrize("change", ["disabled", "deleted"])
def test_a_policy_that_is_no_more_makes_nothing_of_it_and_says_so(
    admin: Caller, app: str, make_policy: MakePolicy, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Its subscription stands still, as at the moment in which somebody disables it."""
    other, policy = make_policy(), make_policy()
    push_random(admin, app, "v1")
    rows = ReplicationPolicy.objects.filter(pk=policy.pk)
    rows.update(enabled=False) if change == "disabled" else rows.delete()
    with caplog.at_level(logging.INFO, "portolan.jobs"):
        assert len(planned()) == 1
    assert Execution.objects.get().subject_id == other.pk
    assert f"policy {policy.pk} makes nothing of what happened" in caplog.text


def test_a_policy_that_is_disabled_while_it_hears_keeps_nothing_from_the_others(
    admin: Caller, app: str, make_policy: MakePolicy, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make_policy(), make_policy()
    push_random(admin, app, "v1")

    def begin(**given: Any) -> Execution:
        ReplicationPolicy.objects.filter(pk=first.pk).update(enabled=False)
        return start_replication(**given)

    monkeypatch.setattr("jobs.replication.triggers.start_replication", begin)
    with caplog.at_level(logging.INFO, "portolan.jobs"):
        assert len(planned()) == 1
    assert Execution.objects.get().subject_id == second.pk
    assert f"the policy {first.name} is disabled" in caplog.text
    assert not OutboxEvent.objects.exists()


def test_how_it_went_is_told_to_those_who_wait_for_it(app: str, make_policy: MakePolicy) -> None:
    policy = make_policy(name="nightly", dest_namespace="copies/of")
    tasks = [{"operation": "copy", "repository": name, "resource_type": "image"} for name in (app, "no-project/app")]

    def carry_out() -> Execution:
        execution = start_replication(actor=SYSTEM, policy=policy, tasks=tasks)
        ended = {"name": f"{app}:v1", "digest": "sha256:1", "outcome": "copied", "reason": ""}
        failed = {"name": f"{app}:v2", "digest": "", "outcome": "failed", "reason": "the disk is full"}
        for task in Task.objects.filter(execution=execution):
            Task.objects.filter(pk=task.pk).update(result={"artifacts": [ended, failed]})
            claimed = claim_task(Queue.TRANSFER, "the test")
            assert claimed
            end_task(claimed, Status.ERROR, "1 of 2")
        return execution

    carry_out()
    assert not OutboxEvent.objects.exists()
    set_subscriptions("webhooks:1", [ReplicationEnded], None)
    execution = carry_out()
    (told,) = OutboxEvent.objects.all()
    event = event_of(told.name, told.detail)
    assert isinstance(event, ReplicationEnded)
    assert (event.execution_id, event.status, event.policy_name) == (execution.pk, "Error", "nightly")
    assert (event.source.registry_name, event.destination.registry_name) == ("Local", "elsewhere")
    assert (event.source.namespace, event.destination.namespace) == (app.rpartition("/")[0], "copies/of")
    assert [each.name_tag for each in event.succeeded] == [f"{app}:v1"]
    assert [(each.name_tag, each.reason) for each in event.failed] == [(f"{app}:v2", "the disk is full")]
