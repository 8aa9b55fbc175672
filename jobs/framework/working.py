"""Doing one task, and the pulse that keeps it meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.utils import timezone

from jobs.framework.claiming import LEASE, end_task, put_back
from jobs.framework.kinds import kind_named
from jobs.framework.logs import store_log
from jobs.framework.run import Again, Failed, Run, Stopped
from jobs.models import LogPiece, Status, Task
from registry_api import sql

BEAT = 1.0  # seconds between two looks whether to stop
RENEWAL = timedelta(seconds=8)  # of the lease; well below it, so that a slow database does not lose the task

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
    try:
        with pulse(task, run):
            outcome = outcome_of(run, kind.work)
    except Exception:
        # The pulse could not write what the task has to say. The lease runs out, and the task is begun again.
        logger.exception("task %s of %s was lost", task.pk, task.kind)
        return
    conclude(task, run, outcome)


def conclude(task: Task, run: Run, outcome: Outcome) -> None:
    """Writes down what has become of the task."""
    if outcome.status is Status.PENDING:
        put_back(task, outcome.message, counts=not run.is_interrupted, after=outcome.after)
    else:
        end_task(task, outcome.status, outcome.message)
    task.refresh_from_db()
    if task.has_ended:
        store_log(task)


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
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(task, run, ended), name=f"pulse of task {task.pk}", daemon=True)
    with _lock:
        _running.add(run)
        if _interrupted:
            run.interrupt(_interrupted)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with _lock:
            _running.discard(run)
        write_down(task, run)


def _beat(task: Task, run: Run, ended: threading.Event) -> None:
    try:
        while not ended.wait(BEAT):
            try:
                write_down(task, run)
                sql.give_back_connection()
            except DatabaseError as error:
                # What was to be written is lost, the work is not: the next beat tries again.
                logger.warning("no sign of life from task %s: %s", task.pk, type(error).__name__)
                close_old_connections()
    finally:
        connection.close()


def write_down(task: Task, run: Run) -> None:
    """One beat: what the run has to say, and what is said to it."""
    fields, text = run.pending.take()
    now = timezone.now()
    mine = Task.objects.filter(pk=task.pk, status=Status.RUNNING, run_count=task.run_count)
    if task.lease_until is None or task.lease_until - now < LEASE - RENEWAL:
        fields["lease_until"] = now + LEASE
    with transaction.atomic():
        if fields:
            mine.update(update_time=now, **fields)
        if text:
            LogPiece.objects.create(task_id=task.pk, text=text)
    task.lease_until = fields.get("lease_until", task.lease_until)
    asked = mine.values_list("stop_asked", flat=True).first()
    if asked is None:
        run.stop("somebody else has taken the task")
    elif asked:
        run.stop("stopped on request")
