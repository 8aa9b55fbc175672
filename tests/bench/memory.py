"""How much a process grows while large bodies pass through it."""

from __future__ import annotations

import threading
import time

from tests.bench.content import Content
from tests.bench.loader import Loader
from tests.bench.ours import Ours
from tests.bench.processes import resident, tree
from tests.bench.rows import REPOSITORY

STREAMS = 8
BAR = 64 << 20  # bytes


class Watch:
    """Notes the largest growth of each process of a tree since it was made."""

    def __init__(self, root: int) -> None:
        self._before = {process: resident(process) for process in tree(root)}
        self.growth = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._stop.is_set():
            for process, before in self._before.items():
                self.growth = max(self.growth, resident(process) - before)
            time.sleep(0.05)

    def end(self) -> int:
        self._stop.set()
        self._thread.join()
        return self.growth


def measure_memory(loader: Loader, ours: Ours, body: Content) -> str:
    """Eight uploads and eight downloads of ``body`` at once; one line of findings."""
    push = [[f"chunked {REPOSITORY} {body.path} {body.digest}"]]
    loader.work(ours.port, push, connections=1, headers=ours.headers)
    pull = [[f"get /v2/{REPOSITORY}/blobs/{body.digest}"]]
    watch = Watch(ours.pid)
    try:
        outcome = loader.work(ours.port, (push + pull) * STREAMS, connections=2 * STREAMS, headers=ours.headers)
    finally:
        growth = watch.end()
    verdict = "ok" if growth < BAR and not outcome.errors else "BELOW"
    return (
        f"{STREAMS} uploads and {STREAMS} downloads of {body.size / (1 << 30):g} GiB at once:"
        f" largest growth of a process {growth / (1 << 20):.1f} MiB, bar {BAR >> 20} MiB,"
        f" {outcome.errors} errors: {verdict}"
    )
