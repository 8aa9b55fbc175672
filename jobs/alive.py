"""Whether jobs are worked on: a task on a short schedule says so, which scheduler, broker and worker run together."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from jobs.models import SignOfLife

THE_ROW = 1
# Six times the schedule: a worker that is busy with long tasks may be late.
PATIENCE = timedelta(seconds=60)


def give_sign() -> None:
    SignOfLife.objects.update_or_create(pk=THE_ROW, defaults={"seen_at": timezone.now()})


def is_alive() -> bool:
    return SignOfLife.objects.filter(pk=THE_ROW, seen_at__gt=timezone.now() - PATIENCE).exists()
