"""What happens to artifacts and tags is written into the outbox, for those who wait for it and nobody else."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Project
from registry_api import events, sql
from registry_api.events.kinds import KINDS, Event
from registry_api.models import Manifest, OutboxEvent, QuotaNotice
from registry_api.services.pulls import record_pulls
from registry_api.services.quota import fold_usage
from registry_api.sql.wire import Wire
from tests.rest.conftest import Caller
from tests.rest.pushing import push, push_random
from tests.support.registry import digest_of, index_of, random_image


@pytest.fixture(autouse=True)
def _everything_is_wanted(project: Project) -> None:
    events.set_subscriptions("room:1", KINDS.values(), project.pk)


def published(*names: str) -> list[dict[str, Any]]:
    """What stands in the outbox since the last look, of these events."""
    found = [{"event": row.name, **row.detail} for row in OutboxEvent.objects.order_by("pk")]
    OutboxEvent.objects.all().delete()
    return [event for event in found if event["event"] in names] if names else found


def test_a_push(owner: Caller, project: Project):
    image = push_random(owner, f"{project.name}/app", "v1")
    [event] = published()
    assert event["event"] == "ArtifactPushed"
    assert (event["repository"], event["digest"], event["tags"]) == (f"{project.name}/app", image.digest, ["v1"])
    assert (event["operator"], event["project_id"]) == (owner.name, project.pk)
    assert event["request_id"]
    assert event["media_type"] == image.media_type


def test_the_same_push_again(owner: Caller, project: Project):
    image = push_random(owner, f"{project.name}/app", "v1")
    push(owner, f"{project.name}/app", image, "v1")
    assert [event["tags"] for event in published("ArtifactPushed")] == [["v1"], ["v1"]]


def test_a_push_that_is_refused(owner: Caller, project: Project):
    image = random_image()
    address = f"/v2/{project.name}/app/manifests/v1"
    owner.send("PUT", address, image.manifest, content_type=image.media_type).expect(404)
    assert published() == []


def test_a_deleted_artifact(owner: Caller, project: Project):
    image = push_random(owner, f"{project.name}/app", "v1", "v2")
    published()
    owner.delete(f"/projects/{project.name}/repositories/app/artifacts/{image.digest}").expect(200)
    [event] = published()
    assert (event["event"], event["digest"], event["tags"]) == ("ArtifactDeleted", image.digest, ["v1", "v2"])


def test_a_deleted_manifest(owner: Caller, project: Project):
    image = push_random(owner, f"{project.name}/app", "v1")
    published()
    owner.send("DELETE", f"/v2/{project.name}/app/manifests/{image.digest}").expect(202)
    [event] = published()
    assert (event["event"], event["digest"], event["tags"]) == ("ArtifactDeleted", image.digest, ["v1"])


def test_the_parts_of_a_deleted_index_are_not_told_of(owner: Caller, project: Project):
    part = push_random(owner, f"{project.name}/app")
    whole = push(owner, f"{project.name}/app", index_of([part]), "all")
    published()
    owner.delete(f"/projects/{project.name}/repositories/app/artifacts/all").expect(200)
    assert [event["digest"] for event in published()] == [whole.digest]
    assert not Manifest.objects.filter(repository__project=project).exists()


def test_a_deleted_repository_is_all_its_artifacts(owner: Caller, project: Project):
    first = push_random(owner, f"{project.name}/app", "v1", "v2")
    second = push_random(owner, f"{project.name}/app")
    push_random(owner, f"{project.name}/other", "v1")
    published()
    owner.delete(f"/projects/{project.name}/repositories/app").expect(200)
    told = {event["digest"]: event for event in published("ArtifactDeleted")}
    assert {digest: event["tags"] for digest, event in told.items()} == {first.digest: ["v1", "v2"], second.digest: []}
    assert {(event["operator"], event["repository"]) for event in told.values()} == {
        (owner.name, f"{project.name}/app")
    }


def test_tags(owner: Caller, project: Project):
    image = push_random(owner, f"{project.name}/app", "v1")
    published()
    address = f"/projects/{project.name}/repositories/app/artifacts/{image.digest}/tags"
    owner.post(address, {"name": "v2"}).expect(201)
    owner.delete(f"{address}/v2").expect(200)
    owner.send("DELETE", f"/v2/{project.name}/app/manifests/v1").expect(202)
    told = [(event["event"], event["tag"], event["digest"]) for event in published()]
    assert told == [
        ("TagCreated", "v2", image.digest),
        ("TagDeleted", "v2", image.digest),
        ("TagDeleted", "v1", image.digest),
    ]


def test_a_copy_is_a_push(owner: Caller, project: Project):
    part = push_random(owner, f"{project.name}/app")
    whole = push(owner, f"{project.name}/app", index_of([part]), "all")
    published()
    source = f"{project.name}/app:all"
    owner.post(f"/projects/{project.name}/repositories/copy/artifacts?from={source}").expect(201)
    told = {event["digest"]: event["tags"] for event in published("ArtifactPushed")}
    assert told == {whole.digest: ["all"], part.digest: []}


def test_pulls(owner: Caller, project: Project):
    push_random(owner, f"{project.name}/app", "v1")
    published()
    manifest = Manifest.objects.get(repository__project=project)
    place = (manifest.repository_id, manifest.pk)
    record_pulls({(*place, "v1", "ann"): 3, (*place, "", "robot$b"): 1, (10**9, 10**9, "", "ann"): 1})
    told = {(event["operator"], event["tag"], event["times"]) for event in published()}
    assert told == {("ann", "v1", 3), ("robot$b", "", 1)}


def test_nobody_waits(owner: Caller, project: Project):
    events.end_subscriptions("room:1")
    image = push_random(owner, f"{project.name}/app", "v1")
    manifest = Manifest.objects.get(repository__project=project)
    record_pulls({(manifest.repository_id, manifest.pk, "v1", "ann"): 1})
    owner.delete(f"/projects/{project.name}/repositories/app/artifacts/{image.digest}").expect(200)
    assert published() == []


def test_somebody_waits_for_another_event(owner: Caller, project: Project):
    events.set_subscriptions("room:1", [events.TagCreated], project.pk)
    push_random(owner, f"{project.name}/app", "v1")
    assert published() == []


def test_somebody_waits_in_another_project(owner: Caller, project: Project, people: Any):
    events.set_subscriptions("room:1", [events.ArtifactPushed], people.new_project().pk)
    push_random(owner, f"{project.name}/app", "v1")
    assert published() == []


def test_somebody_waits_for_all_projects(owner: Caller, project: Project):
    events.set_subscriptions("room:1", [events.ArtifactPushed, events.ArtifactPulled], None)
    push_random(owner, f"{project.name}/app", "v1")
    manifest = Manifest.objects.get(repository__project=project)
    record_pulls({(manifest.repository_id, manifest.pk, "v1", "ann"): 1})
    assert [event["event"] for event in published()] == ["ArtifactPushed", "ArtifactPulled"]


def test_the_outbox_goes_with_what_it_tells_of(owner: Caller, project: Project):
    """Nothing is told of what was undone."""
    with pytest.raises(ZeroDivisionError), sql.joined():
        events.publish(pushed(project))
        raise ZeroDivisionError
    assert published() == []


@pytest.mark.django_db(transaction=True)
def test_publishing_waits_for_nothing(monkeypatch: pytest.MonkeyPatch):
    """On statements that travel together, as a push sends them."""
    events.set_subscriptions("room:1", [events.ArtifactPushed], None)

    def refuse(wire: Wire, answer: object) -> None:
        pytest.fail("an answer was waited for")

    monkeypatch.setattr(Wire, "wait_for", refuse)  # of PostgreSQL; SQLite has no way to wait on
    with sql.joined():
        events.publish(events.ArtifactPushed(project_id=7, operator="ann", repository="a/b", digest="sha256:1"))
    row = OutboxEvent.objects.get()
    assert (row.name, row.project_id, row.detail["repository"]) == ("ArtifactPushed", 7, "a/b")
    assert connection.get_autocommit()


class TestQuota:
    @pytest.fixture
    def limited(self, project: Project) -> Project:
        project.storage_limit = 100_000
        project.save()
        return project

    def test_a_refused_push(self, owner: Caller, limited: Project):
        self.upload(owner, limited, 100_001, 403)
        [event] = published()
        assert (event["event"], event["operator"]) == ("QuotaExceeded", owner.name)
        assert event["repository"] == f"{limited.name}/app"
        assert "will exceed the configured upper limit" in event["message"]

    def test_many_refused_pushes_are_told_of_once_a_minute(self, owner: Caller, limited: Project):
        for _ in range(3):
            self.upload(owner, limited, 100_001, 403)
        assert len(published()) == 1
        QuotaNotice.objects.update(time=timezone.now() - timedelta(minutes=2))
        self.upload(owner, limited, 100_001, 403)
        assert len(published()) == 1

    def test_the_warning_comes_once(self, owner: Caller, limited: Project):
        for size, told in ((80_000, 0), (6_000, 1), (5_000, 0)):
            self.upload(owner, limited, size, 201)
            assert len(published("QuotaWarning")) == told

    def test_and_again_when_there_was_room_in_between(self, owner: Caller, limited: Project):
        self.upload(owner, limited, 90_000, 201)
        assert len(published("QuotaWarning")) == 1
        fold_usage()
        self.upload(owner, limited, 10, 201)
        assert published("QuotaWarning") == []
        limited.storage_limit = 1_000_000
        limited.save()
        fold_usage()
        self.upload(owner, limited, 800_000, 201)
        assert len(published("QuotaWarning")) == 1

    @staticmethod
    def upload(owner: Caller, project: Project, size: int, status: int) -> None:
        blob = os.urandom(size)
        digest = digest_of(blob)
        address = f"/v2/{project.name}/app/blobs/uploads/?digest={digest}"
        owner.send("POST", address, blob, content_type="application/octet-stream").expect(status)


def pushed(project: Project, **more: Any) -> Event:
    return events.ArtifactPushed(
        project_id=project.pk, operator="ann", repository=f"{project.name}/app", digest="sha256:1", **more
    )
