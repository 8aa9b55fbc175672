"""What a Celery worker has to know: the one task that every job is done by, and how a worker makes itself known."""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import shared_task
from django.db import close_old_connections

from jobs.framework import presence  # noqa: F401 - its signals
from jobs.framework.claiming import claim_task
from jobs.framework.slots import SLOTS
from jobs.framework.waking import WORK, wake
from jobs.framework.working import REFUSALS, do_task

logger = logging.getLogger("portolan.jobs")

# For so many seconds a worker goes on with the same queue before it lets others have the thread.
AT_A_STRETCH = 20.0


@shared_task(name=WORK, bind=True)
def work(self: Any, queue: str) -> None:
    """Does what is due in the queue, and wakes another worker when it leaves something."""
    with SLOTS.taken_for(queue) as has_room:
        if not has_room or _is_drained(queue, str(self.request.hostname or "")):
            return
    wake(queue)


def _is_drained(queue: str, worker: str) -> bool:
    """Does one task after the other for a while; True when none is left, or none can be had."""
    until = time.monotonic() + AT_A_STRETCH
    while time.monotonic() < until and not SLOTS.is_closed:
        try:
            task = claim_task(queue, worker)
        except REFUSALS as error:
            # The scheduler wakes a worker again.
            logger.warning("no task was taken from the queue %s: %s", queue, type(error).__name__)
            close_old_connections()
            return True
        if task is None:
            return True
        do_task(task)
    return False
