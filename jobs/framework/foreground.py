"""Doing a job in the present process instead of a worker: for commands, whose callers wait and want to see."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from django.db import transaction

from jobs.framework.claiming import claim
from jobs.framework.command import signals_call
from jobs.framework.kinds import kind_named
from jobs.framework.run import Run
from jobs.framework.working import conclude, outcome_of, pulse
from jobs.models import Execution, Task


def do_in_foreground(begin: Callable[[], Execution], watch: Callable[[Run], None]) -> Task:
    """Begins an execution of one task and does it; the task as it is then.

    No worker can take it before: it is begun and taken in one transaction. ``watch`` is given the run before its work.
    Ctrl-C and SIGTERM stop it as somebody would who stops it elsewhere. Raises what ``begin`` raises.
    """
    with transaction.atomic():
        task = Task.objects.select_related("execution").get(execution=begin())
        claim(task, f"command:{os.getpid()}@{socket.gethostname()}"[:255])
    kind = kind_named(task.kind)
    run = Run(task, task.execution, time_limit=kind.time_limit.total_seconds())
    watch(run)
    with signals_call(lambda name: run.stop(f"stopped by {name}")):
        with pulse(task, run):
            outcome = outcome_of(run, kind.work)
        conclude(task, run, outcome)
    task.refresh_from_db()
    return task
