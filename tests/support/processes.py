"""Servers and programs that tests run: started in a group of their own, waited for, and ended with all they started."""

from __future__ import annotations

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

START_SECONDS = 60.0  # a bound against hanging, not a promise of speed
STOP_SECONDS = 20.0
TAIL = 6000  # characters of a log that a failure repeats
PR_SET_PDEATHSIG = 1  # linux/prctl.h

_libc = ctypes.CDLL(None, use_errno=True)


class DidNotStart(RuntimeError):
    """A server ended or stayed silent instead of becoming ready; the message has the end of its log."""


class Server:
    """One running server. ``log`` takes its output and is kept, and added to, over restarts.

    ``ready`` is asked until it is true. ``user`` is whom a root test run becomes to start it. ``descriptors`` are open
    files that it inherits. ``environment`` is all that it sees of the environment.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        ready: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.command = [str(part) for part in command]
        self.log = log
        self._ready = ready
        self._environment = dict(os.environ if environment is None else environment)
        self._folder = folder
        self._user = user
        self._stop_signal = stop_signal
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None, "it is not running"
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, descriptors: tuple[int, ...] = ()) -> None:
        """Starts it and waits until it is ready. Raises DidNotStart."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._folder,
                env=self._environment,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
                pass_fds=descriptors,
                # Ctrl-C is for the test run, which then ends its servers in order.
                start_new_session=True,
                preexec_fn=die_with_parent(self._stop_signal),
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Asks it to end, waits, and kills what is left of its group."""
        if self.process is None:
            return
        self.process.send_signal(self._stop_signal)
        if not self._has_ended(STOP_SECONDS):
            self.kill()
            raise RuntimeError(f"{self.command[0]} did not stop when asked to:\n{self.tail()}")
        self.kill()

    def kill(self) -> None:
        """Ends the whole group at once, as a power cut would."""
        if self.process is None:
            return
        # Before it is reaped: until then nobody else can be given its number.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process = None

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-TAIL:] if self.log.exists() else ""

    def _wait_until_ready(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            ended = self._has_ended(0)
            if ended or time.monotonic() > deadline:
                self.kill()
                raise DidNotStart(f"{' '.join(self.command)}\n{'ended' if ended else 'is silent'}:\n{self.tail()}")
            time.sleep(0.05)

    def _has_ended(self, patience: float) -> bool:
        """Whether the process has ended within that many seconds; it is left to be reaped."""
        assert self.process is not None
        deadline = time.monotonic() + patience
        while self.process.returncode is None:
            if os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def run(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    text: str | None = None,
    timeout: float = 120.0,
) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end, with ``text`` as its input; the exit code is for the caller to judge."""
    return subprocess.run(
        [str(part) for part in command],
        env=None if environment is None else dict(environment),
        cwd=folder,
        input=text if text is not None else "",
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody uses at this moment, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def free_port() -> int:
    return free_ports(1)[0]


def listens(port: int) -> bool:
    """Whether somebody accepts connections on that port of the loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def answers(port: int, path: str = "/") -> bool:
    """Whether an HTTP server gives any answer there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Run between fork and exec: the kernel sends the signal when the test run is gone, however that happens."""
    parent = os.getpid()

    def in_child() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        # The parent may have died before the line above took effect: then no signal will ever come.
        if os.getppid() != parent:
            os._exit(1)

    return in_child
