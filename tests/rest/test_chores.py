"""Garbage collection and purging over the REST API (Harbor's tags ``gc`` and ``purge``)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM
from audit.events import EVENTS
from audit.models import AuditLog
from jobs.framework.executions import start_execution
from jobs.framework.schedules import fire_due
from jobs.gc.kind import GARBAGE_COLLECTION
from jobs.models import Execution, Schedule, Trigger
from jobs.scrub.kind import SCRUB
from registry_api.models import Blob
from tests.gc.conftest import store, use_store
from tests.rest.conftest import Caller
from tests.support.jobs import run_now

__all__ = ["store", "use_store"]

GC, PURGE = "/system/gc", "/system/purgeaudit"
PARAMETERS = {
    GC: {"delete_untagged": True, "dry_run": False, "workers": 2},
    PURGE: {"audit_retention_hour": 24, "include_event_types": "pull_artifact,create_tag", "dry_run": False},
}
both = pytest.mark.parametrize("path", [GC, PURGE])


def body(path: str, kind: str, cron: str = "", **changes: Any) -> dict[str, Any]:
    parameters = {name: value for name, value in {**PARAMETERS[path], **changes}.items() if value is not ...}
    return {"schedule": {"type": kind, "cron": cron}, "parameters": parameters}


def started(admin: Caller, path: str, **changes: Any) -> Execution:
    answer = admin.post(f"{path}/schedule", body(path, "Manual", **changes)).expect(201)
    place = answer.headers["Location"].removeprefix("/api/v2.0")
    assert place.rpartition("/")[0] == path
    return Execution.objects.get(pk=int(place.rpartition("/")[2]))


@both
@pytest.mark.usefixtures("store")
def test_a_run_its_history_and_its_log(admin: Caller, path: str) -> None:
    execution = started(admin, path)
    running = admin.get(f"{path}/{execution.pk}").expect(200).json
    assert (running["job_status"], running["job_kind"], running["schedule"]["type"]) == ("Running", "MANUAL", "Manual")
    assert json.loads(running["job_parameters"]) == PARAMETERS[path]
    run_now(execution)
    ended = admin.get(f"{path}/{execution.pk}").json
    assert ended["job_status"] == "Success"
    told = set(json.loads(ended["job_parameters"]))
    assert told > ({"freed_space", "purged_blobs", "purged_manifests"} if path == GC else {"purged_records"})
    assert admin.get(path).json == [ended]
    assert admin.get(f"{path}?q=status=Error").json == []
    assert b" INFO: " in admin.get(f"{path}/{execution.pk}/log").expect(200).body
    assert AuditLog.objects.filter(operation__startswith="start_", username=admin.name).count() == 1


@pytest.mark.usefixtures("store")
def test_the_list_of_a_dry_run_is_whole_however_long(
    admin: Caller, user: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.framework.run.LARGEST", 20_000)
    long_ago = timezone.now() - timedelta(days=2)
    digests = [f"sha256:{number:064x}" for number in range(2000)]
    Blob.objects.bulk_create(Blob(digest=each, size=7, touched_at=long_ago, creation_time=long_ago) for each in digests)
    execution = run_now(started(admin, GC, dry_run=True))
    assert execution.result["purged_blobs"] >= len(digests)
    log = admin.get(f"{GC}/{execution.pk}/log").expect(200).body.decode()
    assert [line.split()[4] for line in log.splitlines() if "would delete sha256:0000000000" in line] == digests
    assert f"a run would delete 0 manifests and {execution.result['purged_blobs']} blobs" in log.splitlines()[-1]
    user.get(f"{GC}/{execution.pk}/log").expect(403)


@both
def test_one_at_a_time(admin: Caller, path: str) -> None:
    execution = started(admin, path)
    for method in (admin.post, admin.put):
        method(f"{path}/schedule", body(path, "Manual")).expect(409)
    admin.put(f"{path}/{execution.pk}").expect(200)
    execution.refresh_from_db()
    assert execution.status == "Stopped"
    admin.put(f"{path}/{execution.pk}").expect(200)
    admin.put(f"{path}/schedule", body(path, "Manual")).expect(200)


@both
def test_a_schedule(admin: Caller, path: str) -> None:
    place = f"{path}/schedule"
    assert admin.get(place).expect(200).json == {}
    admin.post(place, body(path, "Daily", "0 0 0 * * *")).expect(201)
    admin.post(place, body(path, "Daily", "0 0 0 * * *")).expect(409)
    shown = admin.get(place).json
    assert (shown["schedule"]["type"], shown["schedule"]["cron"]) == ("Daily", "0 0 0 * * *")
    assert json.loads(shown["job_parameters"]) == PARAMETERS[path]
    admin.put(place, body(path, "Custom", "0 30 2 * * 1", dry_run=True)).expect(200)
    assert json.loads(admin.get(place).json["job_parameters"])["dry_run"] is True
    admin.put(place, {"schedule": {"type": "None", "cron": ""}}).expect(200)
    assert admin.get(place).json == {}


@both
def test_a_schedule_begins_a_run(admin: Caller, path: str) -> None:
    admin.post(f"{path}/schedule", body(path, "Hourly", "0 0 * * * *")).expect(201)
    moment = timezone.now() + timedelta(hours=2)
    fire_due(moment)
    # The one before runs still: nothing is begun beside it.
    Schedule.objects.update(next_run_at=timezone.now())
    fire_due(moment)
    (begun,) = admin.get(path).json
    assert (begun["job_kind"], begun["schedule"]["type"]) == ("SCHEDULE", "Schedule")


@both
@pytest.mark.parametrize(
    ("kind", "cron", "status"),
    [
        ("Sometimes", "0 0 0 * * *", 422),
        ("Daily", "", 400),
        ("Daily", "0 0 * * *", 400),
        ("Daily", "1 0 0 * * *", 400),
        ("Daily", "0 0 0 31 2 *", 400),
        ("Custom", "0 " * 500, 400),
        ("Custom", 5, 422),
    ],
)
def test_times_that_are_none(admin: Caller, path: str, kind: str, cron: Any, status: int) -> None:
    for method in (admin.post, admin.put):
        method(f"{path}/schedule", body(path, kind, cron)).expect(status)
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (GC, {"delete_untagged": "yes"}),
        (GC, {"workers": 0}),
        (GC, {"workers": 11}),
        (GC, {"workers": True}),
        (PURGE, {"audit_retention_hour": ...}),
        (PURGE, {"audit_retention_hour": "24"}),
        (PURGE, {"audit_retention_hour": 240_001}),
        (PURGE, {"audit_retention_hour": -2}),
        (PURGE, {"include_event_types": ...}),
        (PURGE, {"include_event_types": ["create_tag"]}),
        (PURGE, {"include_event_types": "create_tag,nothing"}),
        (PURGE, {"dry_run": 1}),
    ],
)
def test_parameters_that_make_no_sense(admin: Caller, path: str, change: dict[str, Any]) -> None:
    for kind, cron in (("Manual", ""), ("Daily", "0 0 0 * * *")):
        admin.post(f"{path}/schedule", body(path, kind, cron, **change)).expect(400)
    assert not Schedule.objects.exists()
    assert not Execution.objects.exists()


@both
def test_what_is_not_there(admin: Caller, path: str) -> None:
    foreign = start_execution(SCRUB.kind, actor=SYSTEM, trigger=Trigger.MANUAL)
    for number in (0, foreign.pk):
        admin.get(f"{path}/{number}").expect(404)
        admin.put(f"{path}/{number}").expect(404)
        admin.get(f"{path}/{number}/log").expect(404)
    admin.get(f"{path}/one").expect(422)


def records(*operations: str, age: timedelta) -> None:
    then = timezone.now() - age
    AuditLog.objects.bulk_create(AuditLog(op_time=then, operation=each) for each in operations)


def left() -> list[str]:
    return sorted(AuditLog.objects.exclude(operation__contains="purge").values_list("operation", flat=True))


@pytest.fixture
def three(db: None) -> None:
    AuditLog.objects.all().delete()
    records("pull_artifact", "create_tag", "create_user", age=timedelta(days=2))
    records("pull_artifact", "create_tag", age=timedelta(hours=1))


@pytest.mark.usefixtures("three")
def test_old_records_of_the_named_kinds_go(admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    AuditLog.objects.exclude(operation__in=EVENTS).delete()
    before = left()
    monkeypatch.setattr("audit.purging.STRETCH", 2)
    foretold = run_now(started(admin, PURGE, dry_run=True))
    assert (foretold.result, left()) == ({"purged_records": 2}, before)
    assert run_now(started(admin, PURGE)).result == {"purged_records": 2}
    before.remove("pull_artifact")
    before.remove("create_tag")
    assert left() == before
    told = AuditLog.objects.get(operation="purge_audit_log").detail
    assert told["purged_records"] == 2


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    "change", [{"audit_retention_hour": 0}, {"audit_retention_hour": -1}, {"include_event_types": ""}]
)
def test_nothing_goes_without_a_time_or_a_kind(admin: Caller, change: dict[str, Any]) -> None:
    before = left()
    assert run_now(started(admin, PURGE, **change)).result == {"purged_records": 0}
    assert left() == before


@pytest.mark.usefixtures("store")
def test_a_schedule_tells_the_collection_what_to_do(admin: Caller) -> None:
    admin.post(f"{GC}/schedule", body(GC, "Hourly", "0 0 * * * *", dry_run=True)).expect(201)
    fire_due(timezone.now() + timedelta(hours=2))
    ended = run_now(GARBAGE_COLLECTION.executions.get())
    assert ended.status == "Success"
    assert not AuditLog.objects.filter(operation="collect_garbage").exists()
