"""A delivery holds nothing of the database while the receiver has the word, which may take its time."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from jobs.models import Execution, Status, Task, Trigger, WebhookPolicy
from jobs.webhooks.targets import Target, written
from tests.support.hand_made import Call, HandMade
from tests.support.held import in_use_until
from tests.support.jobs import run_task_now
from tests.support.people import People, unique

PATIENCE = 5.0  # seconds; others of the process may ask at the same moment


def test_while_the_receiver_thinks(people: People, settings: Any) -> None:
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    held = []

    def look(call: Call) -> None:
        held.append(in_use_until(PATIENCE))
        call.reply(200)

    with HandMade({"POST /hook": look}) as receiver:
        task = planned(people, f"{receiver.url}/hook")
        run_task_now(task)
    task.refresh_from_db()
    assert task.status == Status.SUCCESS, task.status_message
    assert held == [0]


def planned(people: People, address: str) -> Task:
    """A delivery in a queue that no worker looks into."""
    project, target = people.new_project(), Target(address=address)
    policy = WebhookPolicy.objects.create(
        project=project, name=unique("hook"), event_types=["PUSH_ARTIFACT"], targets=written([target])
    )
    execution = Execution.objects.create(kind="WEBHOOK", subject_id=policy.pk, project=project, trigger=Trigger.MANUAL)
    message = {"event_type": "PUSH_ARTIFACT", "content_type": "application/json", "payload": "{}", "id": unique("id")}
    task = Task.planned(
        execution=execution,
        kind=execution.kind,
        parameters={"target": target.id, **message},
        queue="of the test",
        status=Status.RUNNING,
        run_count=1,
    )
    task.save()
    return task
