"""Of those who begin the same single execution at the same instant exactly one does."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.errors import Conflict
from audit.models import AuditLog
from jobs.framework.claiming import claim, end_task
from jobs.framework.schedules import fire_due, set_schedule
from jobs.gc.kind import GARBAGE_COLLECTION
from jobs.models import Execution, Schedule, Status, Trigger
from jobs.upkeep.chores import start_chore, stop_chore
from tests.jobs.overlapping import alone, overlap

PROCESSES, ROUNDS = 4, 5
KIND = GARBAGE_COLLECTION.kind


@pytest.fixture(autouse=True)
def cleaned_up(committed: None) -> Iterator[None]:
    yield
    Schedule.objects.filter(kind=KIND.name).delete()
    Execution.objects.filter(kind=KIND.name).delete()


def start() -> Execution | None:
    """None where another one runs."""
    try:
        return start_chore(actor=SYSTEM, chore=GARBAGE_COLLECTION, parameters=GARBAGE_COLLECTION.read({}))
    except Conflict:
        return None


def started() -> int:
    """How often the record says that one was begun."""
    return AuditLog.objects.filter(operation="start_garbage_collection").count()


def test_several_who_start_together() -> None:
    for _ in range(ROUNDS):
        together, before = Barrier(PROCESSES), started()

        def start_with_the_others(together: Barrier = together) -> Execution | None:
            together.wait()
            return start()

        with ThreadPoolExecutor(PROCESSES) as threads:
            tries = [threads.submit(alone, start_with_the_others) for _ in range(PROCESSES)]
            begun = [execution for each in tries if (execution := each.result()) is not None]
        assert len(begun) == 1
        assert [each.pk for each in GARBAGE_COLLECTION.executions.filter(end_time=None)] == [begun[0].pk]
        assert started() == before + 1
        stop_chore(actor=SYSTEM, chore=GARBAGE_COLLECTION, execution=begun[0])


def test_one_who_starts_while_another_has_not_committed() -> None:
    first, second = overlap(start, start)
    assert first is not None and second is None


def test_one_who_starts_while_the_last_one_ends() -> None:
    execution = start()
    assert execution is not None
    task = execution.tasks.get()
    claim(task, "the test")
    has_ended, second = overlap(lambda: end_task(task, Status.SUCCESS), start)
    assert has_ended and second is not None


def test_one_by_hand_while_the_schedule_begins_one() -> None:
    schedule = set_schedule(KIND, cron="0 0 0 * * *", parameters=GARBAGE_COLLECTION.read({}))
    assert schedule is not None
    begun, by_hand = overlap(lambda: fire_due(schedule.next_run_at), start)
    assert begun == 1 and by_hand is None
    assert GARBAGE_COLLECTION.executions.get().trigger == Trigger.SCHEDULE
    assert Schedule.objects.get(pk=schedule.pk).next_run_at > timezone.now()
