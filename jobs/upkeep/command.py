"""Commands that do a chore in the foreground, for people and for scripts.

They exit with 0 when all went well, 1 when the job failed, 2 for wrong arguments, 3 when another one of its kind is
running, 4 when it was stopped, and 5 when it found something that somebody has to look at.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
import threading
from abc import ABC, abstractmethod
from argparse import ArgumentTypeError
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.errors import Conflict, DomainError
from jobs.framework.claiming import reclaim_lost
from jobs.framework.executions import stop_execution
from jobs.framework.foreground import do_in_foreground
from jobs.framework.run import Run
from jobs.models import Status, Task
from jobs.upkeep.chores import Chore, start_chore

FAILED, BUSY, STOPPED, FOUND = 1, 3, 4, 5
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
BYTES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
REDRAW = 0.3  # seconds


class ChoreCommand(ABC, BaseCommand):
    """Shows the job's log and, on a terminal, how far it has come; the result is a line of JSON at the end."""

    chore: ClassVar[Chore]

    @abstractmethod
    def parameters(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the chore, out of the command's options. Raises BadRequest."""

    def has_found_something(self, result: Mapping[str, Any]) -> bool:
        return False

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            given = self.parameters(options)
            task = self._done(given)
        except Conflict as error:
            raise CommandError(error.message, returncode=BUSY) from error
        except DomainError as error:
            raise CommandError(error.message, returncode=FAILED) from error
        self.stdout.write(json.dumps(task.result))
        if task.status == Status.STOPPED:
            raise CommandError(task.status_message or "it was stopped", returncode=STOPPED)
        if task.status != Status.SUCCESS:
            # Pending: it failed, and a worker is going to try again.
            raise CommandError(task.status_message or "it failed", returncode=FAILED)
        if self.has_found_something(task.result):
            sys.exit(FOUND)

    def _done(self, given: Mapping[str, Any]) -> Task:
        give_up_lost(self.chore)
        with _progress_shown() as watch:
            return do_in_foreground(lambda: start_chore(actor=SYSTEM, chore=self.chore, parameters=given), watch)


def give_up_lost(chore: Chore) -> None:
    """Stops a run whose process was killed. Where no worker runs, nobody else would, and nothing could begin again."""
    reclaim_lost(timezone.now())
    lost = Task.objects.filter(kind=chore.kind.name, status=Status.PENDING, run_count__gt=0)
    for task in lost.select_related("execution"):
        stop_execution(task.execution)


def duration(text: str) -> timedelta:
    """``90s``, ``30m``, ``2h`` or ``7d``."""
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and len(number) < 7 and unit in SECONDS):
        raise ArgumentTypeError(f"{text!r} is no length of time such as 90s, 30m, 2h or 7d")
    return timedelta(seconds=int(number) * SECONDS[unit])


def size(text: str) -> int:
    """Bytes: ``500000``, ``500K``, ``20M`` or ``1G``."""
    unit = text[-1:].lower() if text[-1:].isalpha() else ""
    number = text[: len(text) - len(unit)]
    if not (number.isascii() and number.isdigit() and len(number) < 13 and unit in BYTES):
        raise ArgumentTypeError(f"{text!r} is no number of bytes such as 500000, 500K, 20M or 1G")
    return int(number) * BYTES[unit]


@contextmanager
def _progress_shown() -> Iterator[Any]:
    """What a run says goes to standard error at once, with a bar below it on a terminal."""
    ended, thread = threading.Event(), None
    is_terminal = sys.stderr.isatty()

    def watch(run: Run) -> None:
        nonlocal thread
        run.log.addHandler(_Lines(is_terminal))
        if is_terminal:
            thread = threading.Thread(target=_draw, args=(run, ended), daemon=True)
            thread.start()

    try:
        yield watch
    finally:
        ended.set()
        if thread is not None:
            thread.join()
            sys.stderr.write("\r\x1b[K")


class _Lines(logging.Handler):
    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self._clear = "\r\x1b[K" if is_terminal else ""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(f"{self._clear}{record.getMessage()}\n")
        sys.stderr.flush()


def _draw(run: Run, ended: threading.Event) -> None:
    while not ended.wait(REDRAW):
        sys.stderr.write(f"\r\x1b[K{bar(*run.pending.progress, shutil.get_terminal_size().columns)}")
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
