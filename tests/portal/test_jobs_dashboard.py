"""The buttons of the jobs' dashboard: what waits of a kind is stopped, or rests, and nothing else is."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actors import SYSTEM
from accounts.services.users import create_user
from audit.models import AuditLog
from jobs.framework import kinds
from jobs.framework.claiming import claim_task
from jobs.framework.executions import start_execution
from jobs.framework.kinds import Kind
from jobs.models import Execution, Status, Trigger
from jobs.selectors.queues import queues

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> dict[str, Execution]:
    """Of each of two kinds an execution of two tasks; of the first kind's one runs."""
    monkeypatch.setattr(kinds, "_kinds", {})
    both = [kinds.register(Kind(name, lambda run: None)) for name in ("FIRST", "SECOND")]
    made = {kind.name: start_execution(kind, actor=SYSTEM, trigger=Trigger.MANUAL, tasks=[{}, {}]) for kind in both}
    assert claim_task("default", "the test")
    return made


def press(captain: Client, kind: str, action: str) -> int:
    """The button, which is there; the status of the answer."""
    address = reverse("admin:jobs_queue_act", args=[kind])
    page = captain.get(reverse("admin:jobs_worker_changelist")).content.decode()
    form = page.partition(f'action="{address}"')[2].partition("</form>")[0]
    assert f'value="{action}"' in form
    return captain.post(address, {"action": action}).status_code


def statuses(execution: Execution) -> list[str]:
    return list(execution.tasks.order_by("pk").values_list("status", flat=True))


def test_what_waits_is_stopped(captain: Client, begun: dict[str, Execution]) -> None:
    assert press(captain, "FIRST", "stop") == 302
    assert statuses(begun["FIRST"]) == [Status.RUNNING, Status.STOPPED]
    assert not begun["FIRST"].tasks.filter(status=Status.RUNNING, stop_asked=True).exists()
    assert statuses(begun["SECOND"]) == [Status.PENDING, Status.PENDING]
    record = AuditLog.objects.get(operation="stop_job_queue")
    assert (record.username, record.resource) == ("captain", "FIRST")


def test_a_kind_rests_and_goes_on(captain: Client, begun: dict[str, Execution]) -> None:
    for action, rests in (("pause", True), ("resume", False)):
        assert press(captain, "SECOND", action) == 302
        assert {each.kind: each.paused for each in queues()} == {"FIRST": False, "SECOND": rests}
    assert statuses(begun["SECOND"]) == [Status.PENDING, Status.PENDING]


@pytest.mark.parametrize("action", ["", "burn"])
def test_there_are_no_other_actions(captain: Client, begun: dict[str, Execution], action: str) -> None:
    assert captain.post(reverse("admin:jobs_queue_act", args=["FIRST"]), {"action": action}).status_code == 404
    assert statuses(begun["FIRST"]) == [Status.RUNNING, Status.PENDING]


def test_others_stop_nothing(begun: dict[str, Execution]) -> None:
    client = Client()
    client.force_login(create_user(actor=SYSTEM, username="passenger", password=None))
    client.post(reverse("admin:jobs_queue_act", args=["FIRST"]), {"action": "stop"})
    assert statuses(begun["FIRST"]) == [Status.RUNNING, Status.PENDING]
