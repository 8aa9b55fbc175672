"""The product under test in processes of its own: the tree that ``manage.py serve`` starts, or its web part alone."""

from __future__ import annotations

import itertools
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.support import session
from tests.support.people import Person
from tests.support.prepared import give_static_files
from tests.support.processes import Server, answers, free_port

ROOT = Path(__file__).resolve().parents[2]
WEB_PROCESSES = 2
_numbers = itertools.count(1)


class Product:
    """One instance on the test database, on a port of its own.

    Every instance has its own data folder but the same secret, counters and blobs as the test run itself, so that
    services called in the test's process act on all of them. ``environment`` adds settings; PORTOLAN_STORAGE_ROOT gives
    it a blob folder of its own.
    """

    def __init__(self, admin: Person, environment: Mapping[str, str], *, whole: bool) -> None:
        self.admin = admin
        self.whole = whole
        self.port = free_port()
        self.folder = session.folder / f"product{next(_numbers)}"
        self.environment = {**self._settings(), **environment}
        self._share_counters()
        if whole:
            give_static_files(self.folder)
        self._listener: socket.socket | None = None
        self.server = Server(
            self._serve() if whole else self._web(),
            log=self.folder / "log",
            ready=lambda: answers(self.port, "/v2/"),
            environment=without_settings() | self.environment,
            folder=ROOT,
        )

    @property
    def address(self) -> str:
        """``127.0.0.1:port``, as clients put it in front of a repository's name."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def pid(self) -> int:
        """The supervisor, or gunicorn's arbiter where only the web part runs."""
        return self.server.pid

    @property
    def log(self) -> str:
        """The end of what it has written."""
        return self.server.tail()

    def start(self) -> None:
        """Raises DidNotStart with the end of its log."""
        self.server.start()

    def stop(self) -> None:
        """As SIGTERM does: requests in flight are finished."""
        self.server.stop()

    def kill(self) -> None:
        """All its processes at once, without a chance to tidy up; only for the web part alone."""
        assert not self.whole, "the children of the whole product are in groups of their own"
        self.server.kill()

    def _settings(self) -> dict[str, str]:
        return {
            "PORTOLAN_DATA": str(self.folder),
            "PORTOLAN_SECRET_KEY": settings.SECRET_KEY,
            "PORTOLAN_DATABASE_URL": test_database_url(),
            "PORTOLAN_STORAGE_ROOT": settings.STORAGE_ROOT,
            "PORTOLAN_HOST": "127.0.0.1",
            "PORTOLAN_PORT": str(self.port),
            "PORTOLAN_WEB_PROCESSES": str(WEB_PROCESSES),
            "PORTOLAN_JOB_THREADS": "2",
            # Where all that the tests talk to is.
            "PORTOLAN_ALLOWED_NETWORKS": "127.0.0.0/8",
        }

    def _share_counters(self) -> None:
        """The same file under a second name: what a test changes voids what the product remembers, and vice versa."""
        from accounts.generations import counter_file

        counter_file()
        (self.folder / "run").mkdir(mode=0o700, parents=True)
        (self.folder / "run" / "generations").hardlink_to(settings.GENERATIONS_FILE)

    def _serve(self) -> list[str]:
        return [sys.executable, "manage.py", "serve"]

    def _web(self) -> list[str]:
        return [
            *(sys.executable, "-m", "gunicorn", "--config", "python:portal.server.gunicorn_config"),
            *("--bind", self.address, "--workers", self.environment["PORTOLAN_WEB_PROCESSES"]),
            "portal.wsgi:application",
        ]


def test_database_url() -> str:
    """The address of the database that the tests use, as PORTOLAN_DATABASE_URL wants it."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"postgresql://{connection.settings_dict['USER']}@/{name}?host={session.folder / 'postgresql'}"


def without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PORTOLAN_")}
