"""Kinds of jobs that wait and say so, known to the tests and to the workers that they start."""

from __future__ import annotations

from jobs.framework.kinds import Kind, Queue, register
from jobs.framework.run import Run


def wait(run: Run) -> None:
    """Until it is stopped, or has been begun as often as its parameters say."""
    run.log.info("beginning %d", run.attempt)
    run.progress(run.attempt, 10, "beginnings")
    while run.attempt < run.parameters.get("until", 1_000_000):
        run.sleep(0.1)


LONG = register(Kind("TEST_LONG", wait, queue=Queue.MAINTENANCE, tries=1))
STUBBORN = register(Kind("TEST_STUBBORN", wait, queue=Queue.MAINTENANCE, tries=3))
SHORT = register(Kind("TEST_SHORT", lambda run: run.note(done=True)))
