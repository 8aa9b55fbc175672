"""What waits, by kind of job, and who works."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from jobs.framework.kinds import all_kinds
from jobs.framework.presence import SILENCE
from jobs.models import PausedKind, Status, Task, Worker


class Waiting(NamedTuple):
    """``latency`` is how many seconds the oldest one that is due has waited."""

    kind: str
    tasks: int
    latency: int
    paused: bool


def queues() -> list[Waiting]:
    """Every kind of job, whether or not something of it waits."""
    now = timezone.now()
    pending = Task.objects.filter(status=Status.PENDING).order_by().values("kind")
    found = {row["kind"]: row for row in pending.annotate(count=Count("pk"), oldest=Min("not_before"))}
    paused = set(PausedKind.objects.values_list("kind", flat=True))
    return [
        Waiting(
            kind.name,
            found[kind.name]["count"] if kind.name in found else 0,
            _seconds(found[kind.name]["oldest"], now) if kind.name in found else 0,
            kind.name in paused,
        )
        for kind in all_kinds()
    ]


def workers() -> QuerySet[Worker]:
    """Those that were heard of lately."""
    return Worker.objects.filter(seen_at__gte=timezone.now() - SILENCE).order_by("name")


def running_tasks(worker: Worker | None = None) -> QuerySet[Task]:
    """What is being done at this moment, by one worker or by all of them."""
    tasks = Task.objects.filter(status=Status.RUNNING).order_by("pk")
    return tasks.filter(worker=worker.name) if worker else tasks


def _seconds(since: datetime, now: datetime) -> int:
    return max(0, int((now - since).total_seconds()))
