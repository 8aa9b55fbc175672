"""Threads that run requests, of which those that wait for a client do not count."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

log = logging.getLogger("portolan.server")

Job = Callable[[], None]


class Pool:
    """At most ``active`` threads at work, and at most ``most`` with those that say they are `waiting`.

    Threads are started when needed and end after ``idle_seconds`` without work, or when there are too many of them;
    ``at_end`` runs in each one as its last act.
    """

    def __init__(
        self,
        name: str,
        *,
        active: int,
        most: int,
        idle_seconds: float = 30.0,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._active = active
        self._most = max(active, most)
        self._idle_seconds = idle_seconds
        self._at_end = at_end
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._lock = threading.Lock()
        self.threads = 0
        self._idle = 0
        self._waiting = 0
        self._queued = 0
        self._started = 0

    @property
    def held(self) -> int:
        """How many threads have a request, whether they work or wait."""
        return self.threads - self._idle

    def submit(self, job: Job) -> None:
        with self._lock:
            self._queued += 1
            start = self._wants_thread()
        self._jobs.put(job)
        if start:
            self._start_thread()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """For the time that a thread of this pool waits for a client's bytes, another one may work."""
        with self._lock:
            self._waiting += 1
            start = self._wants_thread()
        if start:
            self._start_thread()
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1

    def _wants_thread(self) -> bool:
        """Whether to start one more thread, which is then counted already. Called with the lock held."""
        wanted = self._queued > self._idle and self.threads - self._waiting < self._active and self.threads < self._most
        self.threads += wanted
        return wanted

    def _start_thread(self) -> None:
        self._started += 1
        name = f"{self._name}-{self._started}"
        try:
            # Daemon threads: what a stopping process has given up waiting for must not keep it alive.
            threading.Thread(target=self._work, name=name, daemon=True).start()
        except RuntimeError:
            log.exception("no thread could be started; %d are running", self.threads - 1)
            with self._lock:
                self.threads -= 1

    def _work(self) -> None:
        try:
            while (job := self._next_job()) is not None:
                try:
                    job()
                except Exception:
                    log.exception("a request ended in a fault of the server")
                job = None  # what it held must not live on until the next one comes
        finally:
            self._at_end()

    def _next_job(self) -> Job | None:
        """The next job; None when this thread should end, which is then no longer counted."""
        with self._lock:
            if self.threads - self._waiting > self._active:
                self.threads -= 1
                return None
            self._idle += 1
        while True:
            try:
                job = self._jobs.get(timeout=self._idle_seconds)
            except Empty:
                with self._lock:
                    # A job may have been queued for this very thread since the wait ended.
                    if not self._queued:
                        self._idle -= 1
                        self.threads -= 1
                        return None
                continue
            with self._lock:
                self._idle -= 1
                self._queued -= 1
            return job
