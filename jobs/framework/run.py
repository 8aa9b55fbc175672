"""What a job's work gets to see of the framework: its parameters, its log, its progress, and whether to stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from jobs.framework.logs import CUT, LARGEST, LATER, Rest
from jobs.models import Execution, Task
from registry_api.storage.contract import StoreFull


class Stopped(Exception):
    """The task is not to go on: it was stopped, its time is over, its worker ends, or somebody else has taken it."""


class Failed(Exception):
    """The task cannot be done, and trying again would not help. The message is shown to people."""


class Again(Exception):
    """The task failed and may do better later: after so many seconds, where the other side has said when."""

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Run:
    """One beginning of a task. ``attempt`` counts from 1; methods may be called from several threads."""

    def __init__(self, task: Task, execution: Execution, *, time_limit: float) -> None:
        self.task_id: int = task.pk
        self.execution_id: int = execution.pk
        self.execution = execution
        self.attempt = task.run_count
        self.parameters: dict[str, Any] = task.parameters
        self.noted_before: Mapping[str, Any] = dict(task.result)  # by an earlier beginning, whose worker was lost
        self.actor: Actor = replace(SYSTEM, name=f"system:{task.kind.lower()}")
        self.stopping = threading.Event()
        self.reason = ""
        self.is_interrupted = False  # by the end of the worker: the task goes on elsewhere
        self.is_overdue = False
        self._time_limit = time_limit
        self._deadline = time.monotonic() + time_limit
        self.pending = Pending(task)
        self.log = _logger(task, self.pending)

    def progress(self, done: int, total: int | None = None, unit: str = "") -> None:
        """How far it has come; ``total`` and ``unit`` stay as they were when they are not given."""
        self.pending.set_progress(done, total, unit)

    def note(self, **values: Any) -> None:
        """Keeps values in the task's result."""
        self.pending.add_notes(values)

    def keep_whole_log(self) -> None:
        """However long it grows from now on: for what is done in order to be read. What is beyond the usual length is
        there when the task has ended, and is lost with its worker."""
        self.pending.keep_all_lines()

    def check(self) -> None:
        """Raises Stopped when the task is not to go on. Work calls this often: at least once each second."""
        if time.monotonic() > self._deadline and not self.stopping.is_set():
            self.is_overdue = True
            self.stop(f"its time is over: it may take {timedelta(seconds=self._time_limit)}")
        if self.stopping.is_set():
            raise Stopped(self.reason)

    def sleep(self, seconds: float) -> None:
        """Waits; raises Stopped as soon as the task is not to go on."""
        self.stopping.wait(min(seconds, max(0.0, self._deadline - time.monotonic())))
        self.check()

    def stop(self, reason: str) -> None:
        """Lets :meth:`check` raise Stopped from now on; the first reason is the one that counts."""
        if not self.stopping.is_set():
            self.reason = reason
            self.stopping.set()

    def interrupt(self, reason: str) -> None:
        """Stops it for now: it is to be begun again."""
        if not self.stopping.is_set():
            self.is_interrupted = True
            self.stop(reason)


class Pending:
    """What a run has to say and is not in the database yet. Gathered here, so that saying it costs the work nothing."""

    def __init__(self, task: Task) -> None:
        self._lock = threading.Lock()
        self._progress = (task.done, task.total, task.unit)
        self._notes: dict[str, Any] = dict(task.result)
        self._lines: list[str] = []
        self._length = task.logged
        self.rest: Rest | None = None
        self._is_changed = False

    def set_progress(self, done: int, total: int | None, unit: str) -> None:
        with self._lock:
            _, old_total, old_unit = self._progress
            self._progress = (done, old_total if total is None else total, unit or old_unit)
            self._is_changed = True

    @property
    def progress(self) -> tuple[int, int, str]:
        """``done``, ``total`` (0 where it is not known) and the unit."""
        with self._lock:
            return self._progress

    def add_notes(self, values: dict[str, Any]) -> None:
        with self._lock:
            self._notes.update(storable(values))
            self._is_changed = True

    def keep_all_lines(self) -> None:
        with self._lock:
            self.rest = self.rest or Rest()

    def add_line(self, line: str) -> None:
        said = line.encode()
        with self._lock:
            room = LARGEST - self._length
            if len(said) <= room:
                self._lines.append(line)
            elif room >= 0:
                self._lines.append(self._last_line(said, room))
            if len(said) > room and self.rest is not None:
                self._add_to_rest(self.rest, line)
            self._length += len(said)

    def _last_line(self, said: bytes, room: int) -> str:
        """What the database has of a line that goes beyond the limit."""
        if self.rest is not None:
            self.rest.joins_on = True
            return LATER
        # What is left of the room is used up: the next beginning of the task goes by what the log has.
        return said[:room].decode(errors="ignore") + CUT

    def take(self) -> tuple[dict[str, Any], str]:
        """The fields of the row that have changed, and the new lines."""
        with self._lock:
            fields: dict[str, Any] = {}
            if self._is_changed:
                done, total, unit = self._progress
                fields = {"done": done, "total": total, "unit": unit, "result": dict(self._notes)}
            text = "".join(self._lines)
            self._lines.clear()
            self._is_changed = False
        return fields, text

    def _add_to_rest(self, rest: Rest, line: str) -> None:
        try:
            rest.add(line)
        except StoreFull:
            # The work itself may need no room; that what was to follow is lost, is told when the log is stored.
            rest.close()
            self.rest = None

    def close(self) -> None:
        """Nothing more is wanted of it."""
        with self._lock:
            if self.rest is not None:
                self.rest.close()
            self.rest = None

    def give_back(self, text: str) -> None:
        """What was taken and could not be written is to be taken again."""
        with self._lock:
            self._is_changed = True
            if text:
                self._lines.insert(0, text)


def storable(value: Any) -> Any:
    """The same without what PostgreSQL does not take: NUL, and halves of characters. What others answer may hold any.

    Goes into lists and dictionaries.
    """
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [storable(each) for each in value]
    return value


class _Handler(logging.Handler):
    def __init__(self, pending: Pending) -> None:
        super().__init__()
        self._pending = pending

    def emit(self, record: logging.LogRecord) -> None:
        moment = timezone.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._pending.add_line(f"{moment} {record.levelname}: {storable(record.getMessage())}\n")


def _logger(task: Task, pending: Pending) -> logging.Logger:
    """A logger of the task's own, which nobody else can find or configure."""
    logger = logging.Logger(f"task-{task.pk}", logging.INFO)
    logger.addHandler(_Handler(pending))
    return logger
