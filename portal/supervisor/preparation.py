"""What has to be there before the first process starts: folders, tables, static files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

FOLDERS = ("run", "broker/queue", "broker/control", "broker/taken")
MIGRATION_LOCK = 0x506F7274  # "Port": any number that no other program takes on the same database


def make_folders(data: Path) -> None:
    """The data folder and what the processes expect in it. Raises OSError.

    From here on nothing that this process or its children make is open to other users; the group may read, so that a
    web server in it can send blobs.
    """
    os.umask(0o027)
    for name in FOLDERS:
        (data / name).mkdir(parents=True, exist_ok=True)


def migrate() -> bool:
    """Brings the tables up to date; False where they already were."""
    with _alone():
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        call_command("migrate", interactive=False, verbosity=0)
    return True


def collect_static_files() -> bool:
    """Fills STATIC_ROOT with compressed, fingerprinted copies; False where nothing has changed since the last time."""
    marker = settings.DATA_DIR / "run" / "static-files"
    wanted = _fingerprint()
    if marker.exists() and marker.read_text(encoding="ascii") == wanted and Path(settings.STATIC_ROOT).is_dir():
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    marker.write_text(wanted, encoding="ascii")
    return True


@contextmanager
def _alone() -> Iterator[None]:
    """Only one host at a time migrates a shared database; on SQLite the data folder's lock sees to that."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def _fingerprint() -> str:
    known = hashlib.sha256(str(settings.STATIC_ROOT).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            state = Path(storage.path(path)).stat()
            known.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return known.hexdigest()
