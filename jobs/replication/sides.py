"""The two sides of a policy: one is ours, the other one speaks HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from jobs.framework.beside import beside
from jobs.framework.run import Run, Stopped
from jobs.replication.models import ReplicationPolicy
from jobs.replication.ours.registry import OurRegistry
from registry_api.remotes.contract import Adapter
from registry_api.remotes.patience import Patience
from registry_api.selectors.registries import connected

LONGEST_PAUSE = 30.0  # seconds that a request waits because the other side asks for it
LOOK = 0.5  # seconds between two looks whether to stop


@contextmanager
def sides_of(policy: ReplicationPolicy, run: Run) -> Iterator[tuple[Adapter, Adapter]]:
    """Source and destination, whose connections end with the block.

    When the run is not to go on, whoever waits for the other side gets a RemoteError, or Stopped. Raises RemoteError.
    """
    registry = policy.src_registry or policy.dest_registry
    assert registry is not None  # noqa: S101 - the database sees to it
    ours: Adapter = OurRegistry()
    other = connected(registry, Patience(longest=LONGEST_PAUSE, pause=run.sleep))
    try:
        with beside(partial(_watch, other, run), f"watch of task {run.task_id}"):
            yield (other, ours) if policy.pulls else (ours, other)
    finally:
        other.close()


def _watch(other: Adapter, run: Run, ended: threading.Event) -> None:
    """Who waits for an answer does not look whether to stop: this does so for all of them."""
    while not ended.wait(LOOK):
        try:
            run.check()
        except Stopped:
            other.interrupt()  # each time: somebody may have been about to connect
