"""Kinds of jobs that wait and say so, known to the tests and to the workers that they start."""

from __future__ import annotations

import fcntl
from datetime import timedelta
from pathlib import Path

from jobs.framework.kinds import Kind, Queue, register
from jobs.framework.run import Run


def wait(run: Run) -> None:
    """Until it is stopped, or has been begun as often as its parameters say."""
    run.log.info("beginning %d", run.attempt)
    run.progress(run.attempt, 10, "beginnings")
    while run.attempt < run.parameters.get("until", 1_000_000):
        run.sleep(0.1)


def hold(run: Run) -> None:
    """Keeps the named file locked until it is stopped."""
    with Path(run.parameters["lock"]).open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        run.log.info("holding it")
        while True:
            run.sleep(60)


def wait_for_file(run: Run) -> None:
    """Until the named file is there."""
    while not Path(run.parameters["file"]).exists():
        run.log.info("not yet")
        run.sleep(0.1)
    run.note(done=True)


LONG = register(Kind("TEST_LONG", wait, queue=Queue.MAINTENANCE, tries=1))
STUBBORN = register(Kind("TEST_STUBBORN", wait, queue=Queue.MAINTENANCE, tries=3))
HASTY = register(Kind("TEST_HASTY", hold, queue=Queue.MAINTENANCE, tries=3, time_limit=timedelta(seconds=1)))
WAITING = register(Kind("TEST_WAITING", wait_for_file))
SHORT = register(Kind("TEST_SHORT", lambda run: run.note(done=True)))
