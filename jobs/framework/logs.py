"""What tasks have to tell: in the database while they run, in the store when they have ended.

A running task's lines are rows, so that every process can show them at once. An object store cannot append, so what is
kept for good goes there as one compressed file when the task ends.
"""

from __future__ import annotations

import gzip
import logging
import uuid
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, IntegerField, Sum, Value
from django.db.models.functions import Replace
from django.db.models.sql.compiler import SQLCompiler

from jobs.models import LogPiece, Task
from registry_api.storage.spool import IN_MEMORY, Spool

LARGEST = 4 << 20  # bytes of text in the database; what comes after is not kept, but for a log that is kept whole
CUT = "… the log is longer than what is kept of it\n"
LATER = "… what follows is kept when the task ends\n"
FOLDER, SUFFIX = "logs", ".gz"
LEVEL = 5  # of compression
GZIP = 31  # zlib's word for a gzip file; several behind each other are one
PIECE = 64 << 10  # bytes

logger = logging.getLogger("portolan.jobs")


def read_log(task: Task) -> Iterator[bytes]:
    """The task's lines so far, in pieces, as UTF-8. Raises what the store raises."""
    is_in_rows = False
    for text in _lines(task):
        is_in_rows = True
        yield text.encode()
    # Asked now: the caller's row may be from before the lines were moved.
    if not is_in_rows and Task.objects.filter(pk=task.pk, log_is_stored=True).exists():
        yield from _stored(task.job_id)


def logged_bytes(task: Task) -> int:
    """How much its log has already, of a task that has not ended."""
    found = LogPiece.objects.filter(task=task).aggregate(sum=Sum(_Bytes("text")))
    return found["sum"] or 0


def store_log(task: Task, rest: Rest | None = None) -> bool:
    """Moves the lines of a task that has ended into the store, with the rest; whether it did.

    Where it fails those in the database stay for later, and the rest is lost.
    """
    path = _path(task.job_id)
    try:
        lines = "".join(_lines(task))
        if not lines:
            return False
        # Said first: a file that no row tells of would stay for ever.
        Task.objects.filter(pk=task.pk).update(log_is_stored=True)
        _storage().delete(path)
        with SpooledTemporaryFile(IN_MEMORY) as file:
            file.write(gzip.compress(_as_kept(lines, rest).encode(), compresslevel=LEVEL))
            file.writelines(rest.packed() if rest else ())
            file.seek(0)
            _storage().save(path, File(file))
        LogPiece.objects.filter(task=task).delete()
    except Exception:
        # Each backend has errors of its own, and no log is worth the task's result.
        logger.exception("the log of task %s stays in the database", task.pk)
        _tell_that_it_is_cut(task)
        return False
    return True


def discard_logs(jobs: Iterable[uuid.UUID]) -> None:
    """Removes logs from the store; raises what the store raises."""
    for job_id in jobs:
        _storage().delete(_path(job_id))


def stored_logs() -> Iterator[list[uuid.UUID]]:
    """The job ids of all logs in the store, some at a time; raises what the store raises."""
    try:
        folders, _ = _storage().listdir(FOLDER)
    except FileNotFoundError:
        return
    for folder in folders:
        _, names = _storage().listdir(f"{FOLDER}/{folder}")
        yield [job_id for name in names if (job_id := _job_id(name)) is not None]


class Rest:
    """What is too long for the database of a log that is kept whole: compressed, in a file of this process.

    ``joins_on`` tells that nothing is lost between what the database has and this.
    """

    def __init__(self) -> None:
        self.joins_on = False
        self._spool = Spool()
        self._packing = zlib.compressobj(LEVEL, wbits=GZIP)

    def add(self, line: str) -> None:
        """Raises StoreFull when the temporary folder has no room."""
        self._spool.write(self._packing.compress(line.encode()))

    def packed(self) -> Iterator[bytes]:
        """All of it as a gzip file; nothing can be added any more."""
        self._spool.write(self._packing.flush())
        return self._spool.pieces()

    def close(self) -> None:
        self._spool.close()


class _Bytes(Func):
    """The length of a text as UTF-8."""

    function = "OCTET_LENGTH"
    output_field = IntegerField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **more: Any) -> tuple[str, Any]:
        # Which has that function since 3.43.
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **more)


def _job_id(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name.removesuffix(SUFFIX))
    except ValueError:
        return None


def _lines(task: Task) -> Iterator[str]:
    """Until the store has all of them."""
    return LogPiece.objects.filter(task=task).order_by("pk").values_list("text", flat=True).iterator()


def _as_kept(lines: str, rest: Rest | None) -> str:
    """Nothing is to follow any more: it does, or was lost with the beginning of the task that had it."""
    if rest is not None and rest.joins_on:
        lines = lines.removesuffix(LATER)
    return lines.replace(LATER, CUT)


def _tell_that_it_is_cut(task: Task) -> None:
    """Where the database refuses, the log is told so when it is stored."""
    with suppress(Error):
        LogPiece.objects.filter(task=task).update(text=Replace("text", Value(LATER), Value(CUT)))


def _stored(job_id: uuid.UUID) -> Iterator[bytes]:
    try:
        with _storage().open(_path(job_id)) as file, gzip.open(file) as lines:
            while piece := lines.read(PIECE):
                yield piece
    except FileNotFoundError:
        return


def _storage() -> Storage:
    return storages["blobs"]


def _path(job_id: uuid.UUID) -> str:
    return f"{FOLDER}/{str(job_id)[:2]}/{job_id}{SUFFIX}"
