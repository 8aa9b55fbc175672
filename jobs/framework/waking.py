"""Messages that wake workers. They carry nothing but a queue's name: what there is to do stands in the database."""

from __future__ import annotations

import logging
from functools import partial

from django.db import transaction

logger = logging.getLogger("portolan.jobs")

WORK = "jobs.work"
AT_ONCE = 4  # messages for one commit; whoever is woken wakes the next one


def wake_on_commit(queue: str, tasks: int = 1) -> None:
    transaction.on_commit(partial(wake, queue, min(tasks, AT_ONCE)))


def wake(queue: str, workers: int = 1) -> None:
    """Sends messages. Where the broker is away they are lost, and the scheduler makes up for it."""
    from celery import current_app

    try:
        for _ in range(workers):
            current_app.send_task(WORK, args=[queue], queue=queue, retry=False)
    except Exception as error:  # noqa: BLE001 - each broker has errors of its own
        logger.warning("no worker was woken for the queue %s: %s", queue, type(error).__name__)
