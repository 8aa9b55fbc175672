"""The plugin that prepares a test run before Django's settings are read: a folder for everything, a chosen database.

``PORTOLAN_TEST_DATABASE`` is ``sqlite`` (the default) or ``postgresql``.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

PREFIX = "portolan-test-"
LOCK = "in-use"
KEPT = ("PORTOLAN_TEST_", "PORTOLAN_BENCH_")
DATABASES = ("sqlite", "postgresql")

folder: Path
"""Everything that this run writes is below it; it is removed at the end."""
database: str
_lock: int


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """A wrapper comes before pytest-django, which reads the settings in the same hook."""
    _prepare()
    early_config.add_cleanup(_remove_folder)
    # Whoever ends the run politely gets everything cleaned up, as with Ctrl-C.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    return (yield)


def pytest_report_header() -> str:
    return f"portolan: on {database}, in {folder}"


def _prepare() -> None:
    global database
    for name in [name for name in os.environ if name.startswith("PORTOLAN_") and not name.startswith(KEPT)]:
        del os.environ[name]
    database = os.environ.get("PORTOLAN_TEST_DATABASE") or "sqlite"
    if database not in DATABASES:
        raise pytest.UsageError(f"PORTOLAN_TEST_DATABASE={database!r}: one of {', '.join(DATABASES)} is wanted")
    _make_folder()
    os.environ["PORTOLAN_DATA"] = str(folder / "data")
    os.environ["PORTOLAN_SECRET_KEY"] = secrets.token_urlsafe(48)
    if database == "postgresql":
        # The server itself starts when the first test needs it.
        os.environ["PORTOLAN_DATABASE_URL"] = f"postgresql://portolan@/portolan?host={folder / 'postgresql'}"
    # pytest's own folders too, and those of all programs that the tests start.
    os.environ["TMPDIR"] = str(folder / "tmp")
    tempfile.tempdir = None


def _make_folder() -> None:
    global folder, _lock
    _remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    _lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(_lock, fcntl.LOCK_EX)
    # PostgreSQL runs as another user and has to get through to its own folder.
    folder.chmod(0o711)
    for name in ("data", "tmp"):
        (folder / name).mkdir(mode=0o700)


def _remove_leftovers() -> None:
    """Folders of runs that were killed: their locks are free."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            descriptor = os.open(left / LOCK, os.O_RDWR)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(left)
        except BlockingIOError:
            pass
        finally:
            os.close(descriptor)


def _remove_folder() -> None:
    _remove(folder)
    os.close(_lock)


def _remove(path: Path) -> None:
    for entry in path.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.name != LOCK:
            entry.unlink()
    # The lock goes last: what could not be removed, or what a killed clean-up leaves behind, is found by the next run.
    if [entry.name for entry in path.iterdir()] == [LOCK]:
        (path / LOCK).unlink()
        path.rmdir()
