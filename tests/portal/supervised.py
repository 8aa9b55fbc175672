"""A supervisor over two tiny programs, in a process of its own, for the tests of how children are treated."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.until import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent

# Serves one canned answer on the inherited socket, as the web process would.
ANSWERING = """
import os, socket, sys
listener = socket.socket(fileno=int(sys.argv[1]))
open(f"{sys.argv[2]}/web.{os.getpid()}", "w").close()
while True:
    connection, _ = listener.accept()
    connection.recv(1000)
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
    connection.close()
"""
# Says that it is there, has a child of its own, and behaves as told when asked to stop.
WORKING = """
import os, signal, subprocess, sys, time
if sys.argv[2] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
open(f"{sys.argv[1]}/work.{os.getpid()}.{grandchild.pid}", "w").close()
time.sleep(1000)
"""
SUPERVISING = """
import os, signal, sys
from portal.supervisor import supervisor
from portal.supervisor.child import Program
from portal.supervisor.instance import listen
folder, answering, working, manner, hurry_after = sys.argv[1:]
supervisor.HURRY_AFTER, supervisor.KILL_AFTER = float(hurry_after), float(hurry_after) + 0.2
listener = listen("127.0.0.1", 0)
web = Program("web", (sys.executable, "-c", answering, str(listener.fileno()), folder), dict(os.environ),
              descriptors=(listener.fileno(),))
work = Program("work", (sys.executable, "-c", working, folder, manner), dict(os.environ))
supervisor.Supervisor([web, work], listener, lambda: print("ready", flush=True)).run()
print("stopped", flush=True)
"""


@dataclass
class Supervised:
    folder: Path
    process: subprocess.Popen[str]

    def pids(self, name: str) -> list[list[int]]:
        """The process numbers of every start of `name` so far, oldest first: its own, then its child's."""
        found = sorted(self.folder.glob(f"{name}.*"), key=lambda path: path.stat().st_mtime_ns)
        return [[int(number) for number in path.name.split(".")[1:]] for path in found]

    def output(self) -> str:
        return (self.folder / "output").read_text()


@contextmanager
def supervised(folder: Path, manner: str = "obedient", hurry_after: float = 20.0) -> Iterator[Supervised]:
    arguments = [sys.executable, "-c", SUPERVISING, str(folder), ANSWERING, WORKING, manner, str(hurry_after)]
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(arguments, cwd=ROOT, stdout=output, stderr=output, text=True)
    running = Supervised(folder, process)
    try:
        wait_until(lambda: "ready" in running.output() and running.pids("web") and running.pids("work"))
        yield running
    finally:
        process.kill()
        process.wait()
        for pid in [pid for name in ("web", "work") for pids in running.pids(name) for pid in pids]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def gone(pid: int) -> bool:
    """True once the process has ended; one that only waits to be reaped has ended too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
