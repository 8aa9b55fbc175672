"""What the scheduler does each second, so that nothing waits for ever. Several may do it beside each other."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from django.db import close_old_connections
from django.db.models import Count
from django.utils import timezone

from jobs.framework.claiming import reclaim_lost
from jobs.framework.kinds import known_kinds
from jobs.framework.presence import SILENCE
from jobs.framework.schedules import fire_due
from jobs.framework.slots import LONG, slots_for_long
from jobs.framework.waking import wake
from jobs.models import PausedKind, Status, Task, Worker
from registry_api.events import deliver_pending

FORGOTTEN = timedelta(minutes=10)  # after which the row of a worker that was killed goes

logger = logging.getLogger("portolan.jobs")


def conduct() -> None:
    """Begins what is due, tells what has happened, takes tasks from workers that are gone, and wakes the idle."""
    close_old_connections()
    now = timezone.now()
    _attempt("schedules", lambda: fire_due(now))
    _attempt("events", deliver_pending)
    _attempt("lost tasks", lambda: reclaim_lost(now))
    _attempt("workers that are gone", lambda: Worker.objects.filter(seen_at__lt=now - FORGOTTEN).delete())
    _attempt("waiting tasks", wake_idle)


def _attempt(what: str, step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:
        # The next second brings the next attempt, and the other steps must not wait for it.
        logger.exception("the scheduler stumbled over: %s", what)
        close_old_connections()


def wake_idle() -> None:
    """Wakes as many workers as have a free slot for each queue in which a task is due.

    Messages for workers that are busy would pile up, and what is woken takes more by itself.
    """
    waiting = _waiting()
    if not waiting:
        return
    running = Task.objects.filter(status=Status.RUNNING).values_list("worker", "queue")
    busy = Counter(worker for worker, _ in running)
    busy_long = Counter(worker for worker, queue in running if queue in LONG)
    for worker in Worker.objects.filter(seen_at__gte=timezone.now() - SILENCE):
        free = worker.slots - busy[worker.name]
        free_long = slots_for_long(worker.slots, worker.queues) - busy_long[worker.name]
        for queue in worker.queues:
            wanted = min(free, free_long if queue in LONG else free, waiting[queue])
            if wanted > 0:
                wake(queue, wanted)
                waiting[queue] -= wanted
                free -= wanted
                free_long -= wanted * (queue in LONG)


def _waiting() -> Counter[str]:
    due = Task.objects.filter(status=Status.PENDING, not_before__lte=timezone.now(), kind__in=known_kinds())
    due = due.exclude(kind__in=PausedKind.objects.values("kind"))
    return Counter(dict(due.order_by().values_list("queue").annotate(Count("pk"))))
