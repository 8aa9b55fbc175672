"""The two sides of a policy: one is ours, the other one speaks HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from jobs.replication.models import ReplicationPolicy
from jobs.replication.ours.registry import OurRegistry
from registry_api.remotes.contract import Adapter
from registry_api.remotes.patience import Patience
from registry_api.selectors.registries import connected

LONGEST_PAUSE = 30.0  # seconds that a request waits because the other side asks for it


@contextmanager
def sides_of(policy: ReplicationPolicy, pause: Callable[[float], None]) -> Iterator[tuple[Adapter, Adapter]]:
    """Source and destination, whose connections end with the block. ``pause`` does all waiting, and may raise.

    Raises RemoteError.
    """
    registry = policy.src_registry or policy.dest_registry
    assert registry is not None  # noqa: S101 - the database sees to it
    ours: Adapter = OurRegistry()
    other = connected(registry, Patience(longest=LONGEST_PAUSE, pause=pause))
    try:
        yield (other, ours) if policy.pulls else (ours, other)
    finally:
        other.close()
