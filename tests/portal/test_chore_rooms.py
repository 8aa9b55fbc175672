"""The rooms of garbage collection, scrubs and purges: settings and times, running now, and what came of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actors import SYSTEM
from jobs.gc.kind import GARBAGE_COLLECTION
from jobs.models import AuditPurge, GarbageCollection, Scrub
from jobs.purge.kind import PURGE
from jobs.scrub.kind import SCRUB
from jobs.upkeep.chores import Chore, start_chore
from tests.gc.conftest import store, use_store
from tests.support.forms import filled_in
from tests.support.jobs import run_now

__all__ = ["store", "use_store"]

MIB = 1 << 20
EVENT_TYPES = ["create_tag", "pull_artifact"]
ROOMS: dict[str, tuple[Chore, Any, dict[str, Any]]] = {
    "garbage collection": (GARBAGE_COLLECTION, GarbageCollection, {"delete_untagged": "on", "workers": "3"}),
    "scrub": (SCRUB, Scrub, {"rate": "5", "remove_orphans": "on"}),
    "purge": (PURGE, AuditPurge, {"audit_retention_hour": "48", "include_event_types": EVENT_TYPES}),
}
# What the work is told of that.
TOLD: dict[str, dict[str, Any]] = {
    "garbage collection": {"delete_untagged": True, "workers": 3},
    "scrub": {"rate": 5 * MIB, "remove_orphans": True},
    "purge": {"audit_retention_hour": 48, "include_event_types": "create_tag,pull_artifact"},
}
each_room = pytest.mark.parametrize("room", ROOMS)


def address(model: Any, page: str, *arguments: object) -> str:
    return reverse(f"admin:jobs_{model._meta.model_name}_{page}", args=arguments)


def send(client: Client, room: str, **more: str) -> str:
    _, model, fields = ROOMS[room]
    answer = client.post(address(model, "act"), {"when": "None", **fields, **more}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@each_room
@pytest.mark.usefixtures("store")
def test_running_now(captain: Client, room: str):
    chore, model, _ = ROOMS[room]
    assert "It has begun." in send(captain, room, action="run")
    execution = chore.executions.get(end_time=None)
    assert address(model, "change", execution.pk) in captain.get(address(model, "changelist")).content.decode()
    assert "running already" in send(captain, room, action="run")
    assert captain.get(address(model, "state", execution.pk)).json()["ended"] is False
    run_now(execution)
    page = captain.get(address(model, "change", execution.pk)).content.decode()
    assert "data-log-url" in page
    assert captain.get(address(model, "state", execution.pk)).json()["ended"] is True


@each_room
def test_what_is_typed_is_what_is_done(captain: Client, room: str):
    chore, _, _ = ROOMS[room]
    send(captain, room, action="run")
    execution = chore.executions.get()
    assert execution.parameters == execution.tasks.get().parameters
    assert {"dry_run": False, **execution.parameters} == {"dry_run": False, **TOLD[room]}


@each_room
def test_what_is_typed_is_kept_and_shown_again(captain: Client, room: str):
    chore, model, fields = ROOMS[room]
    send(captain, room, action="save", when="Daily")
    assert chore.schedule
    assert {"dry_run": False, **chore.schedule.parameters} == {"dry_run": False, **TOLD[room]}
    page = captain.get(address(model, "changelist")).content.decode()
    typed = {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    shown = {name: sorted(values) for name, values in filled_in(page, address(model, "act")).items()}
    assert shown == {"when": ["Daily"], "cron": [""], **typed}


@pytest.mark.parametrize("room", ["garbage collection", "purge"])
@pytest.mark.usefixtures("store")
def test_a_dry_run(captain: Client, room: str):
    chore, model, _ = ROOMS[room]
    send(captain, room, action="dry_run")
    execution = run_now(chore.executions.get(end_time=None))
    assert execution.parameters["dry_run"] is True
    assert "a dry run" in captain.get(address(model, "changelist")).content.decode()


@each_room
def test_times_and_settings(captain: Client, room: str):
    chore, model, _ = ROOMS[room]
    assert "are kept" in send(captain, room, action="save", when="Daily")
    assert chore.schedule
    assert (chore.schedule.cron_type, chore.schedule.cron) == ("Daily", "0 0 0 * * *")
    send(captain, room, action="save", when="Custom", cron="0 30 2 * * 1-5")
    assert chore.schedule.cron == "0 30 2 * * 1-5"
    page = captain.get(address(model, "changelist")).content.decode()
    assert "0 30 2 * * 1-5" in page
    assert 'value="Custom" selected' in page
    send(captain, room, action="save", when="None")
    assert chore.schedule is None


@each_room
@pytest.mark.parametrize("cron", ["", "0 0 * * *", "9 9 9 9 9 9", "<script>"])
def test_times_that_are_none_are_refused_beside_their_field(captain: Client, room: str, cron: str):
    chore, _, _ = ROOMS[room]
    page = send(captain, room, action="save", when="Custom", cron=cron)
    assert '<div class="errors ' in page
    assert "<script>" not in page.partition("<form")[2].partition("</form>")[0]
    assert chore.schedule is None


@each_room
def test_stopping(captain: Client, room: str):
    chore, model, _ = ROOMS[room]
    parameters = chore.read({"audit_retention_hour": 1, "include_event_types": ""})
    execution = start_chore(actor=SYSTEM, chore=chore, parameters=parameters)
    captain.post(address(model, "stop", execution.pk))
    execution.refresh_from_db()
    assert execution.status == "Stopped"
