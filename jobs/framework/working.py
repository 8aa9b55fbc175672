"""Doing one task, and the pulse that keeps it meanwhile."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db import DatabaseError, InterfaceError, close_old_connections, connection, transaction
from django.utils import timezone

from jobs.framework.beside import beside
from jobs.framework.claiming import LEASE, end_task, put_back
from jobs.framework.kinds import kind_named
from jobs.framework.logs import store_log
from jobs.framework.run import Again, Failed, Run, Stopped, storable
from jobs.models import LogPiece, Status, Task
from registry_api import sql

BEAT = 1.0  # seconds between two looks whether to stop
RENEWAL = timedelta(seconds=8)  # of the lease; well below it, so that a slow database does not lose the task
PAUSE = 0.5  # seconds between two attempts to write down the end of a task
REFUSALS = (DatabaseError, InterfaceError)

logger = logging.getLogger("portolan.jobs")

_running: set[Run] = set()
_interrupted = ""  # why nothing is begun any more in this process
_lock = threading.RLock()  # the end of the worker is told by a signal, which may come while it is held


class Outcome(NamedTuple):
    """``status`` is pending for a task that is to be begun again, ``after`` so many seconds where that is known."""

    status: Status
    message: str = ""
    after: float | None = None


def interrupt_all(reason: str) -> None:
    """Stops what this process works on, and what it was just about to; the tasks are begun again, by whoever comes
    first."""
    global _interrupted
    with _lock:
        _interrupted = reason
        for run in _running:
            run.interrupt(reason)


def do_task(task: Task) -> None:
    """Does a task that was claimed, whatever comes of it."""
    kind = kind_named(task.kind)
    run = Run(task, task.execution, time_limit=kind.time_limit.total_seconds())
    # What works for long holds a connection only while it asks: a pool has about two for each thread of a worker.
    sql.give_back_connection()
    with pulse(task, run):
        outcome = outcome_of(run, kind.work)
    conclude(task, run, outcome)


def conclude(task: Task, run: Run, outcome: Outcome) -> None:
    """Writes down what has become of the task, unless somebody else has taken it.

    Where the database refuses it is asked again for as long as the task is this worker's; then the task is begun again.
    """
    with closing(run.pending) as pending:
        became = _concluded(task, run, outcome)
        if became not in (None, Status.PENDING):
            store_log(task, pending.rest)


def _concluded(task: Task, run: Run, outcome: Outcome) -> Status | None:
    """As :func:`_written`, and None as well where the database has refused for too long."""
    while True:
        try:
            write_down(task, run)
            return _written(task, run, outcome)
        except REFUSALS as error:
            logger.warning("what became of task %s is not written yet: %s", task.pk, type(error).__name__)
            close_old_connections()
            if task.lease_until is None or timezone.now() > task.lease_until:
                logger.exception("task %s of %s was lost", task.pk, task.kind)
                return None
            # Not longer each time: after a restart of the database each thread gets several dead connections.
            time.sleep(PAUSE)


def _written(task: Task, run: Run, outcome: Outcome) -> Status | None:
    """What the task is from now on; None where it is somebody else's."""
    message = storable(outcome.message)
    if outcome.status is Status.PENDING:
        return put_back(task, message, counts=not run.is_interrupted, after=outcome.after)
    return outcome.status if end_task(task, outcome.status, message) else None


def outcome_of(run: Run, work: Callable[[Run], None]) -> Outcome:
    """Does the work; whatever it raises is an outcome."""
    try:
        run.check()
        work(run)
    except Stopped as stopped:
        if run.is_interrupted:
            return Outcome(Status.PENDING, str(stopped), 0.0)
        run.log.warning("stopped: %s", stopped)
        return Outcome(Status.ERROR if run.is_overdue else Status.STOPPED, str(stopped))
    except Failed as failed:
        run.log.error("%s", failed)
        return Outcome(Status.ERROR, str(failed))
    except Again as again:
        run.log.warning("%s; it will be tried again if it may", again)
        return Outcome(Status.PENDING, str(again), again.after)
    except Exception as error:
        logger.exception("task %s of %s failed", run.task_id, run.execution.kind)
        run.log.error("%s: an unexpected error; the log of the worker tells more", type(error).__name__)
        return Outcome(Status.PENDING, f"{type(error).__name__}: an unexpected error")
    return Outcome(Status.SUCCESS)


@contextmanager
def pulse(task: Task, run: Run) -> Iterator[None]:
    """Beside the work, in a thread: keeps the lease, writes log and progress, and looks whether to stop."""
    with _lock:
        _running.add(run)
        if _interrupted:
            run.interrupt(_interrupted)
    try:
        with beside(partial(_beat, task, run), f"pulse of task {task.pk}"):
            yield
    finally:
        with _lock:
            _running.discard(run)


def _beat(task: Task, run: Run, ended: threading.Event) -> None:
    try:
        while not ended.wait(BEAT):
            try:
                write_down(task, run)
                sql.give_back_connection()
            except REFUSALS as error:
                logger.warning("no sign of life from task %s: %s", task.pk, type(error).__name__)
                close_old_connections()
    finally:
        connection.close()


def write_down(task: Task, run: Run) -> None:
    """One beat: what the run has to say, and what is said to it. What cannot be written is kept for the next one."""
    fields, text = run.pending.take()
    try:
        asked = _beaten(task, fields, text)
    except BaseException:
        run.pending.give_back(text)
        raise
    if asked is None:
        run.stop("somebody else has taken the task")
    elif asked:
        run.stop("stopped on request")


def _beaten(task: Task, fields: dict[str, Any], text: str) -> bool | None:
    """Whether somebody wants it stopped; None when it is not this worker's any more, and nothing was written."""
    now = timezone.now()
    lease = task.lease_until
    if lease is None or lease - now < LEASE - RENEWAL:
        fields["lease_until"] = lease = now + LEASE
    mine = Task.objects.filter(pk=task.pk, status=Status.RUNNING, run_count=task.run_count)
    with transaction.atomic():
        asked = mine.values_list("stop_asked", flat=True).first()
        if asked is not None and fields:
            mine.update(update_time=now, **fields)
        if asked is not None and text:
            LogPiece.objects.create(task_id=task.pk, text=text)
    task.lease_until = lease
    return asked
