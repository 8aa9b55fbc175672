"""Commands that do a chore in the foreground, for people and for scripts."""

from __future__ import annotations

import json
import logging
import sys
import threading
from abc import ABC, abstractmethod
from argparse import ArgumentTypeError
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ClassVar

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.actors import SYSTEM
from jobs.framework.claiming import reclaim_lost
from jobs.framework.command import FOUND, ProgressLine, beginning, end_as
from jobs.framework.executions import stop_execution
from jobs.framework.foreground import do_in_foreground
from jobs.framework.run import Run
from jobs.models import Status, Task
from jobs.upkeep.chores import Chore, start_chore

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
        with beginning():
            task = self._done(self.parameters(options))
        self.stdout.write(json.dumps(task.result))
        end_as(task.status, task.status_message)
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
    ended, threads, line = threading.Event(), list[threading.Thread](), ProgressLine()

    def watch(run: Run) -> None:
        run.log.addHandler(_Lines(line))
        if line.is_shown:
            threads.append(threading.Thread(target=_draw, args=(run, line, ended), daemon=True))
            threads[0].start()

    try:
        yield watch
    finally:
        ended.set()
        for thread in threads:
            thread.join()
        line.clear()


class _Lines(logging.Handler):
    def __init__(self, line: ProgressLine) -> None:
        super().__init__()
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        self._line.clear()
        sys.stderr.write(f"{record.getMessage()}\n")
        sys.stderr.flush()


def _draw(run: Run, line: ProgressLine, ended: threading.Event) -> None:
    while not ended.wait(REDRAW):
        line.draw(*run.pending.progress)
