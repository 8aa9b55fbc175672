"""Doing one task: the Celery task that wakes up to it, and the pulse that keeps it."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.utils import timezone

from jobs.framework.claiming import LEASE, claim_task, end_task, put_back
from jobs.framework.kinds import kind_named
from jobs.framework.logs import store_log
from jobs.framework.run import Again, Failed, Run, Stopped
from jobs.framework.waking import WORK, wake
from jobs.models import LogPiece, Status, Task

BEAT = 1.0  # seconds between two looks whether to stop
RENEWAL = timedelta(seconds=8)  # of the lease; well below it, so that a slow database does not lose the task

logger = logging.getLogger("portolan.jobs")

_running: set[Run] = set()
_lock = threading.Lock()


@shared_task(name=WORK, bind=True, ignore_result=True)
def work(self: Any, queue: str) -> None:
    """Does the next task of the queue, if there is one, and wakes another worker for the one after it."""
    task = claim_task(queue, str(self.request.hostname or ""))
    if task is not None:
        do_task(task)
        wake(queue)


def interrupt_all(reason: str) -> None:
    """Stops what this process works on; the tasks are begun again, by whoever comes first."""
    with _lock:
        for run in _running:
            run.interrupt(reason)


def do_task(task: Task) -> None:
    """Does a task that was claimed, whatever comes of it."""
    kind = kind_named(task.kind)
    run = Run(task, task.execution, time_limit=kind.time_limit.total_seconds())
    try:
        with _pulse(task, run):
            outcome, message, after = _outcome(run, kind.work)
    except Exception:
        # The pulse could not write what the task has to say. The lease runs out, and the task is begun again.
        logger.exception("task %s of %s was lost", task.pk, task.kind)
        return
    if outcome is Status.PENDING:
        put_back(task, message, counts=not run.is_interrupted, after=after)
    else:
        end_task(task, outcome, message)
    task.refresh_from_db()
    if task.has_ended:
        store_log(task)


def _outcome(run: Run, do: Any) -> tuple[Status, str, float | None]:
    """What became of it: the status to end with (pending: to be begun again), the reason, and when."""
    try:
        run.check()
        do(run)
    except Stopped as stopped:
        if run.is_interrupted:
            return Status.PENDING, str(stopped), 0.0
        run.log.warning("stopped: %s", stopped)
        return (Status.ERROR if run.is_overdue else Status.STOPPED), str(stopped), None
    except Failed as failed:
        run.log.error("%s", failed)
        return Status.ERROR, str(failed), None
    except Again as again:
        run.log.warning("%s; it will be tried again if it may", again)
        return Status.PENDING, str(again), again.after
    except Exception as error:
        logger.exception("task %s of %s failed", run.task_id, run.execution.kind)
        run.log.error("%s: an unexpected error; the log of the worker tells more", type(error).__name__)
        return Status.PENDING, f"{type(error).__name__}: an unexpected error", None
    finally:
        # Half a transaction of the work's must not take its result away.
        if connection.in_atomic_block:
            connection.close()
    return Status.SUCCESS, "", None


@contextmanager
def _pulse(task: Task, run: Run) -> Iterator[None]:
    """Keeps the lease, writes log and progress, and looks whether to stop, beside the work and in a thread of its own."""
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(task, run, ended), name=f"pulse of task {task.pk}", daemon=True)
    with _lock:
        _running.add(run)
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
    if task.lease_until is not None and task.lease_until - now < LEASE - RENEWAL:
        task.lease_until = fields["lease_until"] = now + LEASE
    with transaction.atomic():
        if fields:
            mine.update(update_time=now, **fields)
        if text:
            LogPiece.objects.create(task_id=task.pk, text=text)
    asked = mine.values_list("stop_asked", flat=True).first()
    if asked is None:
        run.stop("somebody else has taken the task")
    elif asked:
        run.stop("stopped on request")
