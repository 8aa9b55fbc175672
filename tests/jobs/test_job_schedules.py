"""Schedules begin jobs, each firing once, however many schedulers there are."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.actors import SYSTEM
from accounts.errors import BadRequest
from audit.models import AuditLog
from jobs.framework.executions import start_execution
from jobs.framework.kinds import Kind, kind_named
from jobs.framework.schedules import SCHEDULER, fire_due, schedule_of, set_schedule, skip_missed
from jobs.models import Execution, Schedule, Trigger
from jobs.services.queues import act_on_queue
from jobs.services.schedules import rest_schedule
from tests.jobs.conftest import MakeKind


@pytest.fixture
def kind(make_kind: MakeKind) -> Kind:
    def begin(schedule: Schedule) -> None:
        start_execution(made, actor=SYSTEM, trigger=Trigger.SCHEDULE, subject_id=schedule.subject_id)

    made = make_kind(on_schedule=begin)
    return made


@pytest.mark.django_db
def test_it_is_made_changed_and_taken_away(kind: Kind) -> None:
    set_schedule(kind, cron="0 0 0 * * *", cron_type="Daily", parameters={"a": 1})
    made = schedule_of(kind)
    assert made is not None and made.next_run_at > timezone.now()
    with pytest.raises(BadRequest):
        set_schedule(kind, cron="nonsense")
    set_schedule(kind, cron="0 0 * * * *")
    changed = schedule_of(kind)
    assert changed is not None and (changed.pk, changed.cron, changed.parameters) == (made.pk, "0 0 * * * *", {})
    assert set_schedule(kind, cron="") is None
    assert schedule_of(kind) is None


@pytest.mark.django_db
def test_what_is_due_begins_once_and_what_was_missed_too(kind: Kind) -> None:
    schedule = set_schedule(kind, subject_id=3, cron="0 * * * * *")
    assert schedule is not None
    now = timezone.now() + timedelta(minutes=10)
    assert fire_due(now) == 1
    assert fire_due(now) == 0
    execution = Execution.objects.get()
    assert (execution.trigger, execution.subject_id) == (Trigger.SCHEDULE, 3)


@pytest.mark.django_db
def test_what_is_paused_waits_and_goes_on_with_its_next_time(kind: Kind) -> None:
    for subject in (1, 2):
        set_schedule(kind, subject_id=subject, cron="0 0 0 * * *")
    resting = schedule_of(kind, 1)
    assert resting is not None
    rest_schedule(actor=SYSTEM, schedule=resting, paused=True)
    assert fire_due(timezone.now() + timedelta(days=2)) == 1
    assert Execution.objects.get().subject_id == 2
    Schedule.objects.update(next_run_at=timezone.now() - timedelta(days=1))
    rest_schedule(actor=SYSTEM, schedule=resting, paused=False)
    resting.refresh_from_db()
    assert not resting.paused and resting.next_run_at > timezone.now()
    told = AuditLog.objects.filter(resource_type="schedule").order_by("pk").values_list("operation", flat=True)
    assert list(told) == ["pause_schedule", "resume_schedule"]


@pytest.mark.django_db
def test_the_record_names_it_in_no_language() -> None:
    schedule = set_schedule(kind_named("SCRUB"), cron="0 0 0 * * *")
    assert schedule is not None
    with translation.override("zh-hans"):
        rest_schedule(actor=SYSTEM, schedule=schedule, paused=True)
    told = AuditLog.objects.get(operation="pause_schedule")
    assert (told.resource, told.detail) == ("SCRUB", {"kind": "SCRUB", "subject": 0})


@pytest.mark.django_db
def test_changing_one_that_rests_lets_it_rest(kind: Kind) -> None:
    schedule = set_schedule(kind, cron="0 0 0 * * *")
    assert schedule is not None
    rest_schedule(actor=SYSTEM, schedule=schedule, paused=True)
    set_schedule(kind, cron="0 * * * * *")
    assert fire_due(timezone.now() + timedelta(minutes=10)) == 0


@pytest.mark.django_db
def test_all_rest_together_and_what_they_missed_is_not_made_up_for(kind: Kind) -> None:
    set_schedule(kind, cron="0 * * * * *")
    act_on_queue(actor=SYSTEM, kind=SCHEDULER, action="pause")
    assert fire_due(timezone.now() + timedelta(minutes=10)) == 0
    Schedule.objects.update(next_run_at=timezone.now() - timedelta(minutes=5))
    act_on_queue(actor=SYSTEM, kind=SCHEDULER, action="resume")
    assert fire_due(timezone.now()) == 0
    assert fire_due(timezone.now() + timedelta(minutes=10)) == 1


@pytest.mark.django_db
def test_who_lets_all_go_on_holds_them_in_one_order(kind: Kind) -> None:
    """So that no two wait for each other."""
    with CaptureQueriesContext(connection) as asked:
        skip_missed()
    (held,) = [query["sql"] for query in asked.captured_queries]
    assert 'ORDER BY "jobs_schedule"."id" ASC' in held


@pytest.mark.django_db
def test_one_that_cannot_begin_does_not_keep_the_others_from_it(kind: Kind, make_kind: MakeKind) -> None:
    def fail(schedule: Schedule) -> None:
        Execution.objects.create(kind="HALF", trigger=Trigger.SCHEDULE)
        raise ValueError("broken")

    set_schedule(make_kind(name="BROKEN", on_schedule=fail), cron="0 * * * * *")
    set_schedule(kind, cron="0 * * * * *")
    fire_due(timezone.now() + timedelta(minutes=10))
    assert [each.kind for each in Execution.objects.all()] == [kind.name]


@pytest.mark.django_db
def test_one_whose_job_runs_still_says_so_in_a_line(make_kind: MakeKind, caplog: pytest.LogCaptureFixture) -> None:
    def begin(schedule: Schedule) -> None:
        start_execution(kind, actor=SYSTEM, trigger=Trigger.SCHEDULE, single=True)

    kind = make_kind(on_schedule=begin)
    set_schedule(kind, cron="0 * * * * *")
    fire_due(timezone.now() + timedelta(minutes=10))
    assert not caplog.records
    fire_due(timezone.now() + timedelta(minutes=20))
    (record,) = caplog.records
    assert record.getMessage().endswith("of TEST: the job is running already")
    assert record.exc_info is None
    assert Execution.objects.count() == 1


def test_several_schedulers_begin_it_once(committed: None, kind: Kind) -> None:
    schedules = [set_schedule(kind, subject_id=subject, cron="0 0 0 1 1 *") for subject in range(5)]
    assert schedules[0] is not None
    moment, together = schedules[0].next_run_at, Barrier(4)

    def conduct() -> None:
        together.wait()
        try:
            fire_due(moment)
        finally:
            connection.close()

    threads = [Thread(target=conduct) for _ in range(4)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        begun = Execution.objects.filter(kind=kind.name).values_list("subject_id", flat=True)
        assert sorted(begun) == [0, 1, 2, 3, 4]
    finally:
        Schedule.objects.filter(kind=kind.name).delete()
        Execution.objects.filter(kind=kind.name).delete()
