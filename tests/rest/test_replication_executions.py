"""Carrying out policies of replication over REST: Harbor's words for what it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.actors import SYSTEM
from audit.models import AuditLog
from jobs.framework.claiming import claim_task, end_task
from jobs.framework.kinds import Queue
from jobs.models import Execution, LogPiece, ReplicationPolicy, Schedule, Status, Task, Trigger
from jobs.replication.services.executions import SKIPPED, start_replication, start_scheduled
from jobs.replication.services.policies import save_replication_policy
from registry_api.models import Registry
from tests.rest.conftest import Caller
from tests.support.people import People

EXECUTIONS = "/replication/executions"
MakePolicy = Callable[..., ReplicationPolicy]


@pytest.fixture
def make_policy(people: People) -> MakePolicy:
    registry = Registry.objects.create(name="elsewhere", type="docker-registry", url="https://registry.example.com")

    def make(**options: Any) -> ReplicationPolicy:
        given = {"name": f"policy-{ReplicationPolicy.objects.count()}", "src_registry": registry, **options}
        return save_replication_policy(actor=SYSTEM, policy=ReplicationPolicy(**given))

    return make


def copying(repository: str, **more: Any) -> dict[str, Any]:
    return {"operation": "copy", "repository": repository, "resource_type": "image", **more}


def started(policy: ReplicationPolicy, *repositories: str) -> Execution:
    return start_replication(actor=SYSTEM, policy=policy, tasks=[copying(name) for name in repositories])


def do_next(status: Status, message: str = "") -> Task:
    task = claim_task(Queue.TRANSFER, "the test")
    assert task
    end_task(task, status, message)
    return task


def test_it_is_started_with_one_task_that_plans_and_is_not_shown(admin: Caller, make_policy: MakePolicy) -> None:
    policy = make_policy()
    answer = admin.post(EXECUTIONS, {"policy_id": policy.pk}).expect(201)
    path = answer.headers["Location"].removeprefix("/api/v2.0")
    found = admin.get(path).expect(200).json
    assert (found["policy_id"], found["status"], found["trigger"], found["total"]) == (
        policy.pk, "InProgress", "manual", 0,
    )  # fmt: skip
    assert Task.objects.get(execution=found["id"]).parameters == {"operation": "plan"}
    assert admin.get(f"{path}/tasks").expect(200).json == []
    assert AuditLog.objects.get(operation="start_replication").username == admin.name


def test_a_disabled_policy_is_not_carried_out(admin: Caller, make_policy: MakePolicy) -> None:
    policy = make_policy(enabled=False)
    assert admin.post(EXECUTIONS, {"policy_id": policy.pk}).expect(412).code == "PRECONDITION"
    assert not Execution.objects.exists()


def test_a_policy_that_is_not_there(admin: Caller) -> None:
    admin.post(EXECUTIONS, {"policy_id": 987654}).expect(404)
    admin.post(EXECUTIONS, {}).expect(404)


def test_counts_and_states(admin: Caller, make_policy: MakePolicy) -> None:
    execution = started(make_policy(), *"abcde")
    do_next(Status.SUCCESS)
    do_next(Status.ERROR, "the disk is full")
    do_next(Status.STOPPED)
    claim_task(Queue.TRANSFER, "the test")
    found = admin.get(f"{EXECUTIONS}/{execution.pk}").expect(200).json
    counts = {name: found[name] for name in ("total", "succeed", "failed", "stopped", "in_progress")}
    assert counts == {"total": 5, "succeed": 1, "failed": 1, "stopped": 1, "in_progress": 2}
    assert (found["status"], "end_time" in found) == ("InProgress", False)
    states = [each["status"] for each in admin.get(f"{EXECUTIONS}/{execution.pk}/tasks?sort=id").json]
    assert states == ["Succeed", "Failed", "Stopped", "InProgress", "Pending"]
    admin.put(f"{EXECUTIONS}/{execution.pk}").expect(200)
    end_task(Task.objects.get(status=Status.RUNNING), Status.STOPPED)
    found = admin.get(f"{EXECUTIONS}/{execution.pk}").expect(200).json
    assert (found["status"], found["status_text"], found["stopped"]) == ("Failed", "the disk is full", 3)
    assert found["end_time"]


@pytest.mark.parametrize(
    ("status", "word"), [(Status.SUCCESS, "Succeed"), (Status.ERROR, "Failed"), (Status.STOPPED, "Stopped")]
)
def test_words_of_ended_executions(admin: Caller, make_policy: MakePolicy, status: Status, word: str) -> None:
    policy = make_policy()
    execution = started(policy, "a")
    started(policy, "b")
    do_next(status)
    assert admin.get(f"{EXECUTIONS}/{execution.pk}").json["status"] == word
    assert [each["id"] for each in admin.get(f"{EXECUTIONS}?status={word}").json] == [execution.pk]
    assert len(admin.get(f"{EXECUTIONS}?status=InProgress").json) == 1
    assert len(admin.get(f"{EXECUTIONS}/{execution.pk}/tasks?status={word}").json) == 1
    assert admin.get(f"{EXECUTIONS}/{execution.pk}/tasks?status=InProgress").json == []


def test_lists_by_policy_and_trigger(admin: Caller, make_policy: MakePolicy) -> None:
    first, second = make_policy(), make_policy()
    by_hand = started(first, "a")
    by_time = start_replication(actor=SYSTEM, policy=second, trigger=Trigger.SCHEDULE)
    answer = admin.get(EXECUTIONS).expect(200)
    assert answer.headers["X-Total-Count"] == "2"
    assert [each["id"] for each in answer.json] == [by_time.pk, by_hand.pk]
    assert [each["id"] for each in admin.get(f"{EXECUTIONS}?policy_id={first.pk}").json] == [by_hand.pk]
    assert [each["id"] for each in admin.get(f"{EXECUTIONS}?trigger=scheduled").json] == [by_time.pk]


def test_what_tasks_show(admin: Caller, make_policy: MakePolicy) -> None:
    policy = make_policy(dest_namespace="copies")
    execution = start_replication(
        actor=SYSTEM,
        policy=policy,
        tasks=[
            copying("team/app"),
            copying("team/app", wanted=[["", ["v1"]]]),
            copying("team/app", wanted=[["", ["v1"]], ["", ["v2"]]], resource_type="artifact"),
            {"operation": "tag deletion", "repository": "team/app", "digest": "sha256:1", "tags": ["v1"],
             "resource_type": "image"},
        ],
    )  # fmt: skip
    path = f"{EXECUTIONS}/{execution.pk}/tasks"
    shown = [
        (each["operation"], each["src_resource"], each["dst_resource"]) for each in admin.get(f"{path}?sort=id").json
    ]
    assert shown == [
        ("copy", "team/app", "copies/app"),
        ("copy", "team/app:v1", "copies/app:v1"),
        ("copy", "team/app [2 item(s) in total]", "copies/app [2 item(s) in total]"),
        ("tag deletion", "team/app:v1", "copies/app:v1"),
    ]
    assert len(admin.get(f"{path}?resource_type=artifact").json) == 1


def test_logs_are_plain_text(admin: Caller, make_policy: MakePolicy) -> None:
    execution, other = (started(make_policy(), "a") for _ in range(2))
    task = Task.objects.get(execution=execution)
    LogPiece.objects.create(task=task, text="one line\n")
    answer = admin.get(f"{EXECUTIONS}/{execution.pk}/tasks/{task.pk}/log").expect(200)
    assert (answer.body, answer.headers["Content-Type"]) == (b"one line\n", "text/plain; charset=utf-8")
    admin.get(f"{EXECUTIONS}/{other.pk}/tasks/{task.pk}/log").expect(404)


def test_jobs_of_other_kinds_are_no_replications(admin: Caller, make_policy: MakePolicy) -> None:
    now = timezone.now()
    foreign = Execution.objects.create(kind="GARBAGE_COLLECTION", trigger=Trigger.MANUAL, start_time=now)
    for method, path in (("GET", ""), ("PUT", ""), ("GET", "/tasks"), ("GET", "/tasks/1/log")):
        admin.call(method, f"{EXECUTIONS}/{foreign.pk}{path}").expect(404)
    assert admin.get(EXECUTIONS).json == []


def test_one_at_a_time_where_the_policy_says_so(admin: Caller, make_policy: MakePolicy) -> None:
    policy = make_policy(single_active_replication=True)
    first = started(policy, "a")
    skipped = admin.post(EXECUTIONS, {"policy_id": policy.pk}).expect(201).headers["Location"].rpartition("/")[2]
    found = admin.get(f"{EXECUTIONS}/{skipped}").expect(200).json
    assert (found["status"], found["status_text"]) == ("Failed", SKIPPED)
    admin.put(f"{EXECUTIONS}/{first.pk}").expect(200)
    third = admin.post(EXECUTIONS, {"policy_id": policy.pk}).expect(201).headers["Location"].rpartition("/")[2]
    assert admin.get(f"{EXECUTIONS}/{third}").json["status"] == "InProgress"


def test_a_policy_that_is_carried_out_is_not_deleted(admin: Caller, make_policy: MakePolicy) -> None:
    policy = make_policy()
    execution = started(policy, "a")
    admin.delete(f"/replication/policies/{policy.pk}").expect(412)
    admin.put(f"{EXECUTIONS}/{execution.pk}").expect(200)
    admin.delete(f"/replication/policies/{policy.pk}").expect(200)
    assert admin.get(f"{EXECUTIONS}/{execution.pk}/tasks").expect(200).json[0]["dst_resource"] == ""


def test_where_the_database_refuses_a_stop_changes_nothing_and_is_to_be_tried_again(
    admin: Caller, make_policy: MakePolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object) -> None:
        raise OperationalError("deadlock detected")

    execution = started(make_policy(), "a")
    with monkeypatch.context() as patch:
        patch.setattr("jobs.replication.announcing.projects_waiting", refuse)
        answer = admin.put(f"{EXECUTIONS}/{execution.pk}").expect(503)
    assert answer.headers["Retry-After"] and "try again" in answer.message
    assert (execution.tasks.get().status, Execution.objects.get().status) == (Status.PENDING, Status.RUNNING)
    assert not AuditLog.objects.filter(operation="stop_replication").exists()
    admin.put(f"{EXECUTIONS}/{execution.pk}").expect(200)
    assert Execution.objects.get().status == Status.STOPPED


def test_a_dry_run_is_asked_for(admin: Caller, make_policy: MakePolicy) -> None:
    admin.post(EXECUTIONS, {"policy_id": make_policy().pk, "dry_run": True}).expect(201)
    assert Execution.objects.get().parameters == {"dry_run": True}


def test_a_schedule_begins_it(admin: Caller, make_policy: MakePolicy) -> None:
    policy = make_policy(trigger="scheduled", cron="0 0 * * * *")
    schedule = Schedule.objects.get(subject_id=policy.pk)
    start_scheduled(schedule)
    execution = Execution.objects.get()
    assert (execution.trigger, execution.operator) == (Trigger.SCHEDULE, "system:replication")
    ReplicationPolicy.objects.update(enabled=False)
    start_scheduled(schedule)
    assert Execution.objects.count() == 1
