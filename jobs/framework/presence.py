"""Workers say that they are there, and let go of their tasks when they end."""

from __future__ import annotations

import logging
import os
import socket
import threading
from datetime import timedelta
from typing import Any

from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from jobs.framework.slots import SLOTS
from jobs.framework.working import interrupt_all
from jobs.models import Worker

BEAT = 5.0  # seconds
SILENCE = timedelta(seconds=30)  # after which a worker counts as gone

logger = logging.getLogger("portolan.jobs")
_ending = threading.Event()


@worker_ready.connect
def appear(sender: Any = None, **_: Any) -> None:
    """The worker is there, with so many slots for these queues, and says so until it ends."""
    _ending.clear()
    queues = sorted(sender.app.amqp.queues.consume_from)
    now = timezone.now()
    row: dict[str, Any] = {
        "host": socket.gethostname()[:255],
        "pid": os.getpid(),
        "slots": int(sender.pool.num_processes),
    }
    name = str(sender.hostname)
    SLOTS.announce(row["slots"], queues)
    threading.Thread(
        target=_be_there,
        args=(name, {**row, "queues": queues, "start_time": now}),
        name="presence of the worker",
        daemon=True,
    ).start()


@worker_shutting_down.connect
def let_go(**_: Any) -> None:
    SLOTS.close()
    interrupt_all("its worker is ending")


@worker_shutdown.connect
def disappear(sender: Any = None, **_: Any) -> None:
    _ending.set()
    Worker.objects.filter(name=str(sender.hostname)).delete()


def _be_there(name: str, row: dict[str, Any]) -> None:
    try:
        while True:
            try:
                Worker.objects.update_or_create(name=name, defaults={**row, "seen_at": timezone.now()})
            except DatabaseError as error:
                logger.warning("the worker %s could not say that it is there: %s", name, type(error).__name__)
                close_old_connections()
            if _ending.wait(BEAT):
                return
    finally:
        connection.close()
