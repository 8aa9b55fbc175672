"""The loop that keeps the product's processes alive and ends them in order."""

from __future__ import annotations

import logging
import signal
import socket
import time
from collections.abc import Callable, Iterable

from portal.supervisor.child import Child, Program
from portal.supervisor.probe import Probe

logger = logging.getLogger("portolan.supervisor")

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
WATCHED = (*STOPPING, signal.SIGCHLD)
IDLE = 60.0  # seconds the loop sleeps when nothing is planned
STARTING = 0.05  # seconds between two looks at the web process while it starts

# Seconds from the request to stop. gunicorn gives requests in flight eight seconds by itself.
HURRY_AFTER = 8.5
KILL_AFTER = 9.5

MOST_FAILURES_BEFORE_READY = 3


class DoesNotStart(Exception):
    """A program ended again and again before the product answered for the first time."""


class Supervisor:
    """Owns the listening socket and the children.

    The socket is opened once and handed on, so that a restarted web process finds the connections that came meanwhile.
    """

    def __init__(
        self,
        programs: Iterable[Program],
        listener: socket.socket,
        on_ready: Callable[[], None],
    ) -> None:
        self._children = [Child(program) for program in programs]
        self._listener = listener
        self._on_ready = on_ready
        self._probe: Probe | None = Probe(listener)

    def run(self) -> None:
        """Returns when a stop was asked for and every child has ended; raises DoesNotStart after having stopped all."""
        # Blocked and waited for instead of handled: nothing can interrupt the loop at a place it does not expect.
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        try:
            self._watch()
        finally:
            self._stop()

    def _watch(self) -> None:
        while True:
            self._start_due()
            self._look_for_answer()
            received = signal.sigtimedwait(WATCHED, self._time_to_wait())
            if received is not None and received.si_signo in STOPPING:
                logger.info("stopping")
                return
            self._replace_ended()

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if not child.running and child.start_at <= now:
                child.start()

    def _look_for_answer(self) -> None:
        if self._probe is not None and self._probe.answered():
            self._probe = None
            self._on_ready()

    def _time_to_wait(self) -> float:
        if self._probe is not None:
            return STARTING
        planned = [child.start_at for child in self._children if not child.running]
        return min([IDLE, *(max(0.0, at - time.monotonic()) for at in planned)])

    def _replace_ended(self) -> None:
        for child in self._children:
            code = child.collect()
            if code is None:
                continue
            delay = child.plan_restart()
            if self._probe is not None and child.failures >= MOST_FAILURES_BEFORE_READY:
                raise DoesNotStart(f"the {child.program.name} process does not start (exit code {code})")
            logger.warning("%s ended with code %s, next start in %.1f s", child.program.name, code, delay)

    def _stop(self) -> None:
        # From here on a new connection is refused at once instead of waiting for nobody.
        self._listener.close()
        if self._probe is not None:
            self._probe.close()
        for child in self._children:
            child.ask_to_stop()
        asked_at = time.monotonic()
        if self._ended_before(asked_at + HURRY_AFTER):
            return
        logger.warning("still busy: %s", ", ".join(self._busy()))
        for child in self._children:
            child.ask_to_hurry()
        if not self._ended_before(asked_at + KILL_AFTER):
            self._kill()

    def _ended_before(self, deadline: float) -> bool:
        """Waits until all children have ended (True) or the time is over, or somebody asks a second time (False)."""
        while True:
            for child in self._children:
                child.collect()
            left = deadline - time.monotonic()
            if not self._busy() or left <= 0:
                return not self._busy()
            received = signal.sigtimedwait(WATCHED, left)
            if received is not None and received.si_signo in STOPPING:
                return False

    def _kill(self) -> None:
        for child in self._children:
            child.kill()
        for child in self._children:
            if child.process is not None:
                child.process.wait()

    def _busy(self) -> list[str]:
        return [child.program.name for child in self._children if child.running]
