"""`manage.py serve` as a stranger starts it: a process, its output, its data folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.portal.supervised import ROOT
from tests.support.processes import free_port
from tests.support.until import PATIENCE, wait_until

ONE_PROCESS_EACH = {"PORTOLAN_WEB_PROCESSES": "1", "PORTOLAN_JOB_THREADS": "2"}


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), "serve", *arguments]


def environment(data: Path, port: int, **more: str) -> dict[str, str]:
    """The process environment with none of our settings but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PORTOLAN_", "DJANGO_"))}
    return {**kept, **ONE_PROCESS_EACH, "PORTOLAN_DATA": str(data), "PORTOLAN_PORT": str(port), **more}


def refused(data: Path, *arguments: str, port: int | None = None, **more: str) -> str:
    """The one line with which a start ends that cannot succeed."""
    result = subprocess.run(
        command(*arguments),
        env=environment(data, port or free_port(), **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert result.returncode == 1, result.stdout + result.stderr
    (line,) = result.stderr.splitlines()
    return line


@dataclass
class Serving:
    data: Path
    port: int
    process: subprocess.Popen[str]
    log: Path

    def output(self) -> str:
        return self.log.read_text()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def password(self) -> str:
        """The generated password, as printed."""
        (found,) = re.findall(r"^  password +(\S+)", self.output(), re.MULTILINE)
        return str(found)

    def children(self) -> dict[str, int]:
        """What runs below the supervisor: `web`, `worker`, `scheduler` with their process numbers."""
        found = {}
        for number in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            with suppress(FileNotFoundError, ProcessLookupError):  # it may end at this moment
                words = Path(f"/proc/{number}/cmdline").read_bytes().decode().split("\0")
                name = "web" if "gunicorn" in words else "worker" if "worker" in words else "scheduler"
                found[name] = int(number)
        return found

    def get(self, path: str, **options: object) -> requests.Response:
        return requests.get(self.address + path, timeout=PATIENCE, **options)  # type: ignore[arg-type]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(data: Path, port: int | None = None, **more: str) -> Iterator[Serving]:
    """The product, ready; stopped again at the end."""
    port = port or free_port()
    data.parent.mkdir(parents=True, exist_ok=True)
    log = data.parent / f"{data.name}.{port}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command(), env=environment(data, port, **more), cwd=data.parent, stdout=output, stderr=output, text=True
        )
    running = Serving(data, port, process, log)
    try:
        wait_until(lambda: "Portolan is ready" in running.output() or process.poll() is not None)
        assert process.poll() is None, running.output()
        yield running
    finally:
        if process.poll() is None:
            running.stop()
