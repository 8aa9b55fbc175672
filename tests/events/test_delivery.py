"""The outbox is delivered in order, exactly once for each room, and one room's faults are not the others'."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Project
from registry_api import events
from registry_api.events import delivery
from registry_api.events.kinds import KINDS, event_of
from registry_api.models import EventSubscription, OutboxEvent

Heard = list[tuple[events.Event, tuple[int, ...]]]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """What the rooms "one" and "two" have heard."""
    known = dict(delivery._handlers)
    found: Heard = []
    for room in ("one", "two"):
        events.subscribe(room, lambda event, ids: found.append((event, ids)))
    yield found
    delivery._handlers.clear()
    delivery._handlers.update(known)


def push(project: Project | None = None, digest: str = "sha256:1") -> events.ArtifactPushed:
    event = events.ArtifactPushed(
        project_id=project.pk if project else 0, operator="ann", repository="a/b", digest=digest, tags=("v1", "v2")
    )
    events.publish(event)
    return event


def test_in_order_and_once(project: Project, heard: Heard):
    events.set_subscriptions("one:3", [events.ArtifactPushed], project.pk)
    told = [push(project, f"sha256:{number}") for number in range(3)]
    assert events.deliver_outbox(limit=2) == 2
    assert events.deliver_outbox(limit=2) == 1
    assert events.deliver_outbox() == 0
    assert heard == [(event, (3,)) for event in told]


def test_each_room_gets_the_ids_that_want_it(project: Project, heard: Heard, people: Any):
    events.set_subscriptions("one:3", [events.ArtifactPushed], project.pk)
    events.set_subscriptions("one:4", [events.ArtifactPushed], None)
    events.set_subscriptions("one:5", [events.TagCreated], project.pk)
    events.set_subscriptions("two:6", [events.ArtifactPushed], people.new_project().pk)
    push(project)
    events.deliver_outbox()
    assert [ids for _event, ids in heard] == [(3, 4)]


def test_whoever_does_not_want_it_any_more(project: Project, heard: Heard):
    events.set_subscriptions("one:3", [events.ArtifactPushed], project.pk)
    push(project)
    events.end_subscriptions("one:3")
    assert events.deliver_outbox() == 1
    assert heard == []
    assert not OutboxEvent.objects.exists()


def test_a_room_that_fails_is_asked_again_alone(project: Project, heard: Heard, caplog: pytest.LogCaptureFixture):
    def fail(event: events.Event, ids: tuple[int, ...]) -> None:
        EventSubscription.objects.create(subscriber="undone:1", event="x")
        raise ZeroDivisionError

    events.subscribe("two", fail)
    for room in ("one:1", "two:1"):
        events.set_subscriptions(room, [events.ArtifactPushed], project.pk)
    event = push(project)
    caplog.set_level(logging.CRITICAL, logger="portolan.events")
    events.deliver_outbox()
    assert heard == [(event, (1,))]
    assert not EventSubscription.objects.filter(subscriber="undone:1").exists()
    assert events.deliver_outbox() == 0  # not before its time
    events.subscribe("two", lambda event, ids: heard.append((event, ids)))
    make_due()
    assert events.deliver_outbox() == 1
    assert len(heard) == 2
    assert not OutboxEvent.objects.exists()


def test_it_is_not_asked_for_ever(project: Project, heard: Heard, caplog: pytest.LogCaptureFixture):
    asked = []

    def fail(event: events.Event, ids: tuple[int, ...]) -> None:
        asked.append(event)
        raise ZeroDivisionError

    events.subscribe("two", fail)
    events.set_subscriptions("two:1", [events.ArtifactPushed], project.pk)
    push(project)
    while OutboxEvent.objects.exists():
        make_due()
        events.deliver_outbox()
    assert len(asked) == delivery.MOST_TRIES
    assert any("is dropped" in record.message for record in caplog.records if record.levelno == logging.ERROR)


def test_what_cannot_be_read_keeps_nobody_waiting(project: Project, heard: Heard, caplog: pytest.LogCaptureFixture):
    now = timezone.now()
    for name, detail in (("Unknown", {}), ("ArtifactPushed", {"project_id": project.pk})):
        OutboxEvent.objects.create(
            name=name, project_id=project.pk, detail=detail, creation_time=now, due_time=now - timedelta(seconds=1)
        )
    events.set_subscriptions("one:1", [events.ArtifactPushed], project.pk)
    event = push(project)
    assert events.deliver_outbox() == 3
    assert heard == [(event, (1,))]


@pytest.mark.django_db(transaction=True)
def test_many_schedulers(heard: Heard):
    """Each event is delivered by one of them, in order."""
    events.set_subscriptions("one:1", [events.ArtifactPushed], None)
    told = [push(digest=f"sha256:{number}") for number in range(60)]

    threads = [threading.Thread(target=lambda: deliver_until_empty(limit=7)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event for event, _ids in heard] == told


@pytest.mark.django_db(transaction=True)
def test_a_second_scheduler_overtakes_nobody(heard: Heard):
    """While one of them is at the first events, the other one does not tell of what came later."""
    events.set_subscriptions("one:1", [events.ArtifactPushed], None)
    told = [push(digest=f"sha256:{number}") for number in range(6)]
    began, second = threading.Event(), threading.Thread(target=lambda: deliver_until_empty(limit=2))

    def hear(event: events.Event, ids: tuple[int, ...]) -> None:
        if not began.is_set():
            began.set()
            second.start()
            second.join(0.5)  # as long as it would need by far, were it not kept waiting
        heard.append((event, ids))

    events.subscribe("one", hear)
    deliver_until_empty(limit=2)
    second.join()
    assert [event for event, _ids in heard] == told


@pytest.mark.parametrize("dies_at", ["handing over", "deleting"])
@pytest.mark.django_db(transaction=True)
def test_a_scheduler_that_dies_has_delivered_nothing(heard: Heard, monkeypatch: pytest.MonkeyPatch, dies_at: str):
    """What the rooms have written goes with it; the next one delivers, and nothing is there twice."""

    class Died(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Died

    def write(event: events.Event, ids: tuple[int, ...]) -> None:
        EventSubscription.objects.create(subscriber=f"written:{event.detail()['digest']}", event="x")

    events.subscribe("one", write)
    events.set_subscriptions("one:1", [events.ArtifactPushed], None)
    for number in range(3):
        push(digest=f"sha256:{number}")
    with monkeypatch.context() as patch:
        if dies_at == "handing over":
            events.subscribe("one", lambda event, ids: (write, die)["2" in event.detail()["digest"]](event, ids))
        else:
            patch.setattr(QuerySet, "delete", die)
        with pytest.raises(Died):
            events.deliver_outbox()
    connections["default"].close()
    assert OutboxEvent.objects.count() == 3
    assert not EventSubscription.objects.filter(event="x").exists()
    events.subscribe("one", write)
    deliver_until_empty(limit=50)
    assert EventSubscription.objects.filter(event="x").count() == 3
    assert events.deliver_outbox() == 0


def deliver_until_empty(*, limit: int) -> None:
    try:
        while OutboxEvent.objects.exists():
            events.deliver_outbox(limit=limit)
    finally:
        if threading.current_thread() is not threading.main_thread():
            connections.close_all()


def test_events_survive_being_written_down():
    side = events.ReplicationSide(
        registry_name="a", registry_type="harbor", endpoint="https://a", provider="Harbor", namespace="library"
    )
    done = events.ReplicatedArtifact(type="image", name_tag="app:v1", references=("sha256:1",))
    event = events.ReplicationEnded(
        **dict.fromkeys(("project_id", "execution_id", "task_id"), 1),
        **dict.fromkeys(("operator", "status", "trigger", "policy_name", "policy_creator"), "word"),
        source=side,
        destination=side,
        succeeded=(done,),
    )
    assert event_of(event.name(), event.detail()) == event
    assert set(KINDS) >= {"ReplicationEnded", "TagRetentionFinished", "ScanEnded"}


def make_due() -> None:
    OutboxEvent.objects.update(due_time=timezone.now() - timedelta(seconds=1))
