"""The databases on which our side is measured."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.postgres import PostgreSQL


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The URL of an empty database, durable as in production; empty for SQLite, which lies in the data folder."""
    if kind == "sqlite":
        yield ""
        return
    with cluster() as running:
        yield running.create_database("bench")


@contextmanager
def cluster() -> Iterator[PostgreSQL]:
    """One that waits for the disk as in production."""
    # The socket's path must stay short, so the cluster does not lie in the folder of the run.
    with tempfile.TemporaryDirectory(prefix="portolan-pg-") as folder:
        Path(folder).chmod(0o755)
        with PostgreSQL(Path(folder) / "cluster", durable=True) as running:
            yield running
