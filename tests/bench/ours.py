"""Our side: the product's web part, as `serve` starts it, on a data folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import requests

from tests.bench.content import IMAGE
from tests.support.processes import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
ADMIN, PASSWORD = "admin", "Bench-Passw0rd"
SERVICE, ISSUER = "harbor-registry", "harbor-token-issuer"
SCOPES = "repository:bench/app:pull,push,delete"


class Ours:
    """A running Portolan with an administrator and the project ``bench``."""

    def __init__(self, folder: Path, *, name: str, database: str = "") -> None:
        self.name = name
        self.port = free_port()
        self._environment = {
            **os.environ,
            "PORTOLAN_DATA": str(folder / "data"),
            "PORTOLAN_FAST_PATH": "true",
            "PORTOLAN_LOG_LEVEL": "ERROR",
            **({"PORTOLAN_DATABASE_URL": database} if database else {}),
        }
        folder.mkdir(parents=True)
        self._log = (folder / "log").open("wb")
        self.manage("migrate")
        self.manage("collectstatic", "--no-input")
        self.manage("shell", "-c", FIRST_ROWS)
        self._start()
        # The peer hides OCI manifests from a client that does not say that it knows them.
        self.headers = f"Authorization: Bearer {self.token()}\r\nAccept: {IMAGE}\r\n"

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--config", "python:portal.server.gunicorn_config"),
                *("--bind", f"127.0.0.1:{self.port}", "portal.wsgi:application"),
            ],
            cwd=ROOT,
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
        )
        self.pid = self._process.pid
        self._wait()

    def restart(self, *, fast_path: bool) -> None:
        self._end()
        self._environment["PORTOLAN_FAST_PATH"] = "true" if fast_path else "false"
        self._start()

    @property
    def realm(self) -> str:
        return f"http://127.0.0.1:{self.port}/service/token"

    def manage(self, *words: str) -> str:
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=ROOT, env=self._environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(words[:1])} failed: {done.stderr[-2000:]}")
        return done.stdout

    def token(self) -> str:
        asked = {"service": SERVICE, "scope": SCOPES}
        answer = requests.get(self.realm, params=asked, auth=(ADMIN, PASSWORD), timeout=30)
        answer.raise_for_status()
        return str(answer.json()["token"])

    def _wait(self) -> None:
        for _ in range(300):
            try:
                requests.get(f"http://127.0.0.1:{self.port}/v2/", timeout=5)
                return
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.1)
        raise SystemExit("our server did not start")

    def stop(self) -> None:
        self._end()
        self._log.close()

    def _end(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)


FIRST_ROWS = f"""
from accounts.actors import SYSTEM
from accounts.services.projects import create_project
from accounts.services.users import create_first_admin
create_first_admin({ADMIN!r}, {PASSWORD!r})
create_project(actor=SYSTEM, name="bench")
"""
