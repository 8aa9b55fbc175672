"""Who runs the poller's loop: always one thread of the crew, and another one takes over when it is held up.

To hand a short request to another thread costs about as much as to answer it: two wake-ups, and a fight for the
interpreter. So the thread at the helm answers such a request itself. Most take a fraction of a millisecond; one may
still wait for a lock in the database or for a disk. A second thread, the watch, looks every few milliseconds whether
the one at the helm is held up, and then takes the helm from it. The other one, when its request is answered, finds
that it has lost the helm and keeps its hands off the loop from then on, until its turn comes again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger("portolan.server")

NOBODY = 0


class Helm:
    """``steer`` is one turn of the loop; it has to return soon after `steering` has become False for its thread.

    ``is_alive`` says whether to go on; ``at_start`` and ``at_end`` are each thread's first and last act there.
    ``patience`` is for how long the one at the helm may be held up, ``look`` how often the watch looks, in seconds.
    """

    def __init__(
        self,
        steer: Callable[[], None],
        is_alive: Callable[[], bool],
        *,
        crew: int,
        at_start: Callable[[], None] = lambda: None,
        at_end: Callable[[], None] = lambda: None,
        patience: float = 0.01,
        look: float = 0.005,
    ) -> None:
        self._steer = steer
        self._is_alive = is_alive
        self._crew = crew
        self._at_start = at_start
        self._at_end = at_end
        self._patience = patience
        self._look = look
        self._lock = threading.Lock()
        self._watch_post = threading.Lock()
        self._steersman = NOBODY
        self._held_up_since = 0.0  # by the monotonic clock; 0 while the one at the helm steers
        self._answered = 0
        self._fault: Exception | None = None

    # The one at the helm

    def steering(self) -> bool:
        """Whether the calling thread is at the helm."""
        return self._steersman == threading.get_ident()

    def answer_here(self, job: Callable[[], None]) -> bool:
        """Run the job in the thread at the helm, which calls this; False when nobody keeps watch: then it was not run.

        Afterwards `steering` may be False. A fault of the job is logged, as a pool of threads does.
        """
        if not self._watch_post.locked():
            return False
        self._held_up_since = time.monotonic()
        try:
            job()
        except Exception:
            log.exception("a request ended in a fault of the server")
        self._answered += 1
        with self._lock:
            if self.steering():
                self._held_up_since = 0.0
        return True

    # The crew

    def run(self, wait: Callable[[float], None] = time.sleep) -> None:
        """Have a crew of threads run the loop until it is not alive any more.

        When this returns, the calling thread is the only one that may still run the loop; a thread that is held up in
        a request then only finishes that. The calling thread itself only waits, by calling ``wait`` with seconds, so
        that no request can keep it from bringing the loop to its end. Raises what a turn of the loop has raised.
        """
        for number in range(self._crew):
            threading.Thread(
                target=self._serve_and_leave, args=[number == 0], name=f"helm-{number}", daemon=True
            ).start()
        while self._goes_on():
            wait(1.0)
        self._take_back()
        if self._fault is not None:
            raise self._fault

    def _goes_on(self) -> bool:
        return self._fault is None and self._is_alive()

    def _serve_and_leave(self, is_first: bool) -> None:
        if is_first:
            self._steersman = threading.get_ident()
        self._at_start()
        try:
            self._serve()
        except Exception as fault:
            # Whoever waits in `run` raises it again: a loop that nobody runs would answer nobody.
            log.exception("the loop has failed")
            with self._lock:
                self._fault = fault
                if self.steering():
                    self._steersman = NOBODY
        finally:
            self._at_end()

    def _serve(self) -> None:
        while self._goes_on():
            if self.steering():
                self._steer()
            else:
                self._stand_by()
        with self._lock:
            if self.steering():
                self._steersman = NOBODY

    def _stand_by(self) -> None:
        """Wait for the watch post, keep watch, and return at the helm; or return because time has passed."""
        if not self._watch_post.acquire(timeout=1.0):
            return
        try:
            while self._goes_on() and not self._take_over():
                seen = self._answered
                time.sleep(self._look)
                if seen == self._answered and not self._held_up_since:
                    time.sleep(self._look)  # little is going on: look less often
        finally:
            self._watch_post.release()

    def _take_over(self) -> bool:
        since = self._held_up_since
        if not since or time.monotonic() - since < self._patience:
            return False
        with self._lock:
            if self._held_up_since != since:
                return False
            self._held_up_since = 0.0
            self._steersman = threading.get_ident()
        return True

    def _take_back(self) -> None:
        """Wait until whoever is at the helm has left it, or is held up in a request."""
        while True:
            with self._lock:
                if self._steersman == NOBODY or self._held_up_since:
                    self._steersman = threading.get_ident()
                    self._held_up_since = 0.0
                    return
            time.sleep(self._look)
