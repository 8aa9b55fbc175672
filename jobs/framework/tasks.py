"""What a Celery worker has to know: the one task that every job is done by, and how a worker makes itself known."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from jobs.framework import presence  # noqa: F401 - its signals
from jobs.framework.claiming import claim_task
from jobs.framework.slots import SLOTS
from jobs.framework.waking import WORK, wake
from jobs.framework.working import do_task


@shared_task(name=WORK, bind=True)
def work(self: Any, queue: str) -> None:
    """Does the next task of the queue, if there is one, and wakes another worker for the one after it."""
    with SLOTS.taken_for(queue) as has_room:
        task = claim_task(queue, str(self.request.hostname or "")) if has_room else None
        if task is None:
            return
        do_task(task)
    wake(queue)
