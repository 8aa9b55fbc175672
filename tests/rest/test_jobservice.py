"""Workers, queues and single jobs, as administrators see and stop them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM
from audit.models import AuditLog
from jobs.framework import kinds
from jobs.framework.claiming import claim_task
from jobs.framework.executions import start_execution
from jobs.framework.kinds import Kind
from jobs.framework.schedules import set_schedule
from jobs.models import Execution, Status, Task, Trigger, Worker
from tests.rest.conftest import Caller
from tests.support.jobs import run_now


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kind]:
    monkeypatch.setattr(kinds, "_kinds", {})
    yield kinds.register(Kind("TEST", lambda run: run.log.info("it is done"), keep=1))


@pytest.fixture
def execution(db: None, kind: Kind) -> Execution:
    return start_execution(kind, actor=SYSTEM, trigger=Trigger.MANUAL, tasks=[{}, {}])


@pytest.fixture
def worker(db: None) -> Worker:
    now = timezone.now()
    return Worker.objects.create(
        name="worker@host", host="host", pid=7, slots=8, queues=["default"], start_time=now, seen_at=now
    )


def test_pools_are_workers_that_were_heard_of(admin: Caller, worker: Worker) -> None:
    Worker.objects.create(
        name="gone", host="host", pid=8, slots=8, start_time=worker.start_time,
        seen_at=timezone.now() - timezone.timedelta(minutes=5),
    )  # fmt: skip
    (pool,) = admin.get("/jobservice/pools").expect(200).json
    assert (pool["worker_pool_id"], pool["pid"], pool["concurrency"]) == ("worker@host", 7, 8)


def test_workers_are_what_is_being_done(admin: Caller, execution: Execution, worker: Worker) -> None:
    assert admin.get("/jobservice/pools/all/workers").expect(200).json == []
    task = claim_task("default", worker.name)
    assert task is not None
    Task.objects.filter(pk=task.pk).update(done=3, total=4, unit="blobs")
    (one,) = admin.get("/jobservice/pools/all/workers").expect(200).json
    assert (one["job_id"], one["job_name"], one["check_in"]) == (str(task.job_id), "TEST", "3 of 4 blobs")
    assert admin.get("/jobservice/pools/worker@host/workers").expect(200).json == [one]
    admin.get("/jobservice/pools/nowhere/workers").expect(404)


def test_queues_tell_how_much_waits_and_how_long(admin: Caller, execution: Execution) -> None:
    Task.objects.update(not_before=timezone.now() - timezone.timedelta(seconds=90))
    (queue,) = admin.get("/jobservice/queues").expect(200).json
    assert (queue["job_type"], queue["count"], queue["paused"]) == ("TEST", 2, False)
    assert 90 <= queue["latency"] < 150


def test_a_paused_queue_waits_until_it_goes_on(admin: Caller, execution: Execution) -> None:
    admin.put("/jobservice/queues/TEST", {"action": "pause"}).expect(200)
    assert admin.get("/jobservice/queues").json[0]["paused"] is True
    assert claim_task("default", "worker") is None
    admin.put("/jobservice/queues/TEST", {"action": "resume"}).expect(200)
    assert run_now(execution).status == Status.SUCCESS
    assert AuditLog.objects.filter(operation="resume_job_queue", username=admin.name).exists()


def test_stopping_a_queue_stops_what_waits(admin: Caller, execution: Execution) -> None:
    admin.put("/jobservice/queues/all", {"action": "stop"}).expect(200)
    execution.refresh_from_db()
    assert (execution.status, execution.has_ended) == (Status.STOPPED, True)


@pytest.mark.parametrize("body", [{}, {"action": "burn"}, {"action": 1}, []])
def test_what_is_no_action_is_refused(admin: Caller, execution: Execution, body: object) -> None:
    answer = admin.put("/jobservice/queues/TEST", body)
    assert answer.status in (400, 422)
    admin.put("/jobservice/queues/NOTHING", {"action": "stop"}).expect(404)
    assert Task.objects.filter(status=Status.PENDING).count() == 2


def test_one_job_is_stopped(admin: Caller, execution: Execution) -> None:
    first, second = execution.tasks.order_by("pk")
    admin.put(f"/jobservice/jobs/{first.job_id}").expect(200)
    running = claim_task("default", "worker")
    assert running is not None and running.pk == second.pk
    admin.put(f"/jobservice/jobs/{second.job_id}").expect(200)
    assert [(each.status, each.stop_asked) for each in execution.tasks.order_by("pk")] == [
        (Status.STOPPED, True),
        (Status.RUNNING, True),
    ]
    for unknown in ("nothing", "00000000-0000-0000-0000-000000000000"):
        admin.put(f"/jobservice/jobs/{unknown}").expect(404)


def test_all_running_jobs_are_stopped_and_what_waits_is_not(admin: Caller, kind: Kind, execution: Execution) -> None:
    other = start_execution(kind, actor=SYSTEM, trigger=Trigger.MANUAL)
    for task in (*execution.tasks.order_by("pk")[:1], other.tasks.get()):
        Task.objects.filter(pk=task.pk).update(status=Status.RUNNING, run_count=1)
    admin.put("/jobservice/jobs/all").expect(200)
    assert [(each.status, each.stop_asked) for each in Task.objects.order_by("pk")] == [
        (Status.RUNNING, True),
        (Status.PENDING, False),
        (Status.RUNNING, True),
    ]
    assert AuditLog.objects.get(operation="stop_job").resource == "all"


def test_its_log_is_plain_text(admin: Caller, execution: Execution) -> None:
    task = run_now(execution).tasks.first()
    assert task is not None
    answer = admin.get(f"/jobservice/jobs/{task.job_id}/log").expect(200)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.body.endswith(b"INFO: it is done\n")
    admin.get("/jobservice/jobs/nothing/log").expect(404)


def test_schedules_are_listed_and_rest_together(admin: Caller, user: Caller, nobody: Caller, kind: Kind) -> None:
    schedule = set_schedule(kind, subject_id=5, cron="0 0 0 * * *", cron_type="Daily")
    assert schedule is not None
    answer = admin.get("/schedules").expect(200)
    (shown,) = answer.json
    assert (shown["id"], shown["vendor_type"], shown["vendor_id"], shown["cron"]) == (
        schedule.pk, "TEST", 5, "0 0 0 * * *",
    )  # fmt: skip
    assert answer.headers["X-Total-Count"] == "1"
    assert user.get("/schedules/all/paused").expect(200).json == {"paused": False}
    admin.put("/jobservice/queues/SCHEDULER", {"action": "pause"}).expect(200)
    assert user.get("/schedules/all/paused").expect(200).json == {"paused": True}
    admin.get("/schedules/TEST/paused").expect(400)
    nobody.get("/schedules/all/paused").expect(401)
    user.get("/schedules").expect(403)
