"""When jobs begin by themselves."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import close_old_connections, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from jobs.framework.apart import apart
from jobs.framework.cron import Cron
from jobs.framework.kinds import Kind, kind_named, known_kinds
from jobs.models import PausedKind, Schedule
from registry_api import sql

SCHEDULER = "SCHEDULER"
"""Harbor's name for the schedules themselves, where it lists kinds of jobs: paused, none of them begins anything."""

logger = logging.getLogger("portolan.jobs")


def set_schedule(
    kind: Kind,
    *,
    subject_id: int = 0,
    cron: str,
    cron_type: str = "Custom",
    parameters: Mapping[str, Any] | None = None,
) -> Schedule | None:
    """Makes or replaces the schedule of a subject; an empty ``cron`` takes it away. One that rests goes on resting.

    Raises BadRequest.
    """
    if not cron:
        Schedule.objects.filter(kind=kind.name, subject_id=subject_id).delete()
        return None
    now = timezone.now()
    schedule, _ = Schedule.objects.update_or_create(
        kind=kind.name,
        subject_id=subject_id,
        defaults={
            "cron": cron,
            "cron_type": cron_type,
            "parameters": dict(parameters or {}),
            "next_run_at": Cron(cron).next_after(now),
            "update_time": now,
        },
    )
    return schedule


def schedule_of(kind: Kind, subject_id: int = 0) -> Schedule | None:
    return Schedule.objects.filter(kind=kind.name, subject_id=subject_id).first()


def rests(schedule: Schedule) -> bool:
    """By itself or with all others."""
    return schedule.paused or are_paused()


def subject_rests(kind_name: str) -> Exists:
    """The same for rows of subjects, of the schedule of each."""
    schedules = Schedule.objects.filter(kind=kind_name, subject_id=OuterRef("pk"))
    return Exists(schedules.filter(Q(paused=True) | Q(Exists(PausedKind.objects.filter(kind=SCHEDULER)))))


def fire_due(moment: datetime) -> int:
    """Begins what is due; how many. Firings that were missed while no scheduler ran are made up for once."""
    if are_paused():
        return 0
    due = Schedule.objects.filter(next_run_at__lte=moment, paused=False, kind__in=known_kinds()).order_by(
        "next_run_at"
    )[:100]
    return sum(_has_fired(schedule, moment) for schedule in list(due))


def are_paused() -> bool:
    return PausedKind.objects.filter(kind=SCHEDULER).exists()


def set_paused(schedule: Schedule, *, paused: bool) -> None:
    """Of one that the caller's transaction has locked."""
    schedule.paused, schedule.update_time = paused, timezone.now()
    if not paused:
        _skip_missed(schedule)
    schedule.save()


def skip_missed() -> None:
    """What came due while the schedules rested is not made up for."""
    missed = Schedule.objects.filter(next_run_at__lte=timezone.now())
    for schedule in missed.select_for_update().order_by("pk"):
        _skip_missed(schedule)
        schedule.save(update_fields=["next_run_at"])


def _skip_missed(schedule: Schedule) -> None:
    schedule.next_run_at = Cron(schedule.cron).next_after(timezone.now())


def _has_fired(schedule: Schedule, moment: datetime) -> bool:
    """Whoever moves the time on begins the job, in one transaction: with several schedulers it begins once.

    Where the database refuses, the time stays as it is, and the next second brings the next attempt.
    """
    try:
        with transaction.atomic():
            is_mine = Schedule.objects.filter(
                pk=schedule.pk, next_run_at=schedule.next_run_at, cron=schedule.cron, paused=False
            ).update(next_run_at=Cron(schedule.cron).next_after(moment))
            if is_mine:
                _begin(schedule)
    except sql.PASSING:
        logger.exception("the schedule %s of %s could not be carried out", schedule.pk, schedule.kind)
        close_old_connections()
        return False
    return bool(is_mine)


def _begin(schedule: Schedule) -> None:
    """One job that cannot begin (it is running still, its policy is broken) does not keep the others from it."""
    with apart(f"the schedule {schedule.pk} of {schedule.kind}"):
        on_schedule = kind_named(schedule.kind).on_schedule
        if on_schedule is not None:
            on_schedule(schedule)
