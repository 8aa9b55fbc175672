"""PostgreSQL of our own: a fresh cluster on a unix socket, thrown away afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from types import TracebackType

from tests.support.processes import Server

USER = "portolan"
SYSTEM_USER = "postgres"  # PostgreSQL refuses to run as root; Debian's package makes this one
PROGRAMS = Path("/usr/lib/postgresql")
CONNECTIONS = 400
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SETTINGS = {
    "listen_addresses": "",
    "max_connections": str(CONNECTIONS),
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
}


def program(name: str) -> Path:
    """The newest installed PostgreSQL's program. Raises RuntimeError when there is none."""
    found = sorted(PROGRAMS.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    if not found:
        raise RuntimeError(f"PostgreSQL's {name} is missing: run scripts/install-test-tools")
    return found[-1]


class PostgreSQL:
    """One cluster in ``folder``, which also holds its socket; a context manager.

    ``durable`` makes it wait for the disk as in production, for where speed is measured.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self._user = SYSTEM_USER if os.geteuid() == 0 else None
        chosen = SETTINGS if durable else SETTINGS | CARELESS
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        self._server = Server(
            [program("postgres"), "-D", folder / "cluster", "-k", folder, *options],
            log=folder / "log",
            ready=self._is_ready,
            folder=folder,
            user=self._user,
            # SIGTERM waits for every client to leave, SIGINT sends them away.
            stop_signal=signal.SIGINT,
        )

    def __enter__(self) -> PostgreSQL:
        self.folder.mkdir(mode=0o700, parents=True)
        if self._user:
            shutil.chown(self.folder, self._user, self._user)
        subprocess.run(
            [program("initdb"), "-D", self.folder / "cluster", "-U", USER, "-A", "trust", "-E", "UTF8", "-N",
             "--locale=C.UTF-8"],
            cwd=self.folder, user=self._user, group=self._user, check=True, capture_output=True,
        )  # fmt: skip
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.stop()

    @property
    def pid(self) -> int:
        """The process that all others of the cluster come from."""
        return self._server.pid

    def url(self, name: str) -> str:
        """The address of a database of this cluster, as PORTOLAN_DATABASE_URL wants it."""
        return f"postgresql://{USER}@/{name}?host={self.folder}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """A database with nothing but what is in the template; returns its address."""
        command = [program("createdb"), "-h", self.folder, "-U", USER, "-T", template, name]
        subprocess.run(command, check=True, capture_output=True)
        return self.url(name)

    def stop(self) -> None:
        """The server vanishes; its data stays for `start`."""
        self._server.kill()

    def start(self) -> None:
        self._server.start()

    def _is_ready(self) -> bool:
        command = [str(program("pg_isready")), "-q", "-h", str(self.folder)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
