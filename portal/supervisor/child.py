"""One program under supervision: how it is started, watched and brought to an end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.supervisor.tether import tie_to_parent

FIRST_DELAY = 0.5  # seconds before the first restart, doubled with each failure
LONGEST_DELAY = 30.0
SETTLED_AFTER = 60.0  # seconds of life after which earlier failures are forgotten


@dataclass(frozen=True)
class Program:
    """What to run. `hurry` asks for a faster end than `stop`; `orphaned` arrives when the supervisor is gone."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    stop: signal.Signals = signal.SIGTERM
    hurry: signal.Signals = signal.SIGKILL
    orphaned: signal.Signals = signal.SIGTERM
    descriptors: tuple[int, ...] = ()


@dataclass
class Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    start_at: float = field(default_factory=time.monotonic)

    @property
    def running(self) -> bool:
        return self.process is not None

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.program.arguments,
            env=self.program.environment,
            stdin=subprocess.DEVNULL,
            pass_fds=self.program.descriptors,
            # A group of its own: Ctrl-C in the terminal reaches the supervisor alone, which then asks in order, and
            # whatever a dead child leaves behind can be found.
            start_new_session=True,
            # Safe here: the supervisor has a single thread, so that no lock can be held at the fork.
            preexec_fn=tie_to_parent(self.program.orphaned),
        )

    def collect(self) -> int | None:
        """The exit code once the program has ended, together with everything it left running; else None."""
        if self.process is None:
            return None
        ended = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        # Before it is reaped: until then nobody else can be given its number.
        self._signal_group(signal.SIGKILL)
        code = self.process.wait()
        self.process = None
        return code

    def plan_restart(self) -> float:
        """Sets the time of the next start; returns the seconds until then."""
        lived = time.monotonic() - self.started_at
        self.failures = 1 if lived > SETTLED_AFTER else self.failures + 1
        delay = min(FIRST_DELAY * 2 ** (self.failures - 1), LONGEST_DELAY)
        self.start_at = time.monotonic() + delay
        return delay

    def ask_to_stop(self) -> None:
        self._signal(self.program.stop)

    def ask_to_hurry(self) -> None:
        self._signal(self.program.hurry)

    def kill(self) -> None:
        self._signal_group(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    def _signal_group(self, number: signal.Signals) -> None:
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass
