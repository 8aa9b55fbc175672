"""What the commands that do jobs share: how they show progress, how they are stopped, and what they exit with.

That is 0 when all went well, 1 when the job failed or could not begin, 2 for wrong arguments, 3 while another one of
its kind is running, 4 when it was stopped, and 5 when it found something that somebody has to look at.
"""

from __future__ import annotations

import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from django.core.management.base import CommandError

from accounts.errors import BadRequest, Conflict, DomainError
from jobs.models import Execution, Status
from jobs.selectors.queues import workers

FAILED, WRONG, BUSY, STOPPED, FOUND = 1, 2, 3, 4, 5
LOOK = 0.5  # seconds between two looks at a job that workers do
CLEAR = "\r\x1b[K"  # to the beginning of the line, and what is on it away


@contextmanager
def beginning() -> Iterator[None]:
    """What keeps a job from beginning is told, and gives the exit code. Raises CommandError."""
    try:
        yield
    except Conflict as error:
        raise CommandError(error.message, returncode=BUSY) from error
    except BadRequest as error:
        raise CommandError(error.message, returncode=WRONG) from error
    except DomainError as error:
        raise CommandError(error.message, returncode=FAILED) from error


def require_worker() -> None:
    """For a job that is waited for and that workers do: without any it would never end. Raises CommandError."""
    if not workers().exists():
        raise CommandError("no worker is there that could do it", returncode=FAILED)


def end_as(status: str, message: str) -> None:
    """The command ends as its job did: returns where that went well. Raises CommandError."""
    if status == Status.STOPPED:
        raise CommandError(message or "it was stopped", returncode=STOPPED)
    if status != Status.SUCCESS:
        # A pending task failed too, and a worker is going to try it again.
        raise CommandError(message or "it failed", returncode=FAILED)


def follow(execution: Execution, *, look: Callable[[], None], stop: Callable[[], None]) -> None:
    """Waits for a job that workers do, and looks at it now and then and at its end.

    Ctrl-C and SIGTERM have it stopped by ``stop``, and its end is waited for as well. Raises CommandError where it is
    deleted.
    """
    asked = threading.Event()
    is_told = False
    with signals_call(lambda _: asked.set()):
        while not execution.has_ended:
            if asked.is_set() and not is_told:
                stop()
                is_told = True
            look()
            time.sleep(LOOK)
            _look_again(execution)
    look()


def _look_again(execution: Execution) -> None:
    try:
        execution.refresh_from_db()
    except Execution.DoesNotExist as error:
        raise CommandError("it was deleted meanwhile, with what it was done for", returncode=FAILED) from error


@contextmanager
def signals_call(told: Callable[[str], None]) -> Iterator[None]:
    """Until the end of the block Ctrl-C and SIGTERM only tell their names; in other threads than the main one they
    cannot be heard."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def tell(number: int, frame: FrameType | None) -> None:
        told(signal.Signals(number).name)

    before = {number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class ProgressLine:
    """The last line of a terminal, drawn again and again on standard error; nothing where that is none."""

    def __init__(self) -> None:
        self.is_shown = sys.stderr.isatty()

    def draw(self, done: int, total: int, unit: str) -> None:
        self._write(bar(done, total, unit, shutil.get_terminal_size().columns))

    def clear(self) -> None:
        """Makes room for a line that stays."""
        self._write("")

    def _write(self, text: str) -> None:
        if self.is_shown:
            sys.stderr.write(f"{CLEAR}{text}")
            sys.stderr.flush()


def bar(done: int, total: int, unit: str, columns: int) -> str:
    """A line for a terminal of that width; empty where nothing has been said yet."""
    if not (done or total):
        return ""
    if not total:
        return f"{done} {unit}"[: columns - 1]
    told = f" {100 * min(done, total) // total:3}%  {done} of {total} {unit}"
    width = max(0, min(40, columns - len(told) - 3))
    full = width * min(done, total) // total
    return f"[{'#' * full}{'.' * (width - full)}]{told}"[: columns - 1]
