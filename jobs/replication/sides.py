"""The two sides of a policy: one is ours, the other one speaks HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jobs.replication.models import ReplicationPolicy
from jobs.replication.ours import OurRegistry
from registry_api.remotes.contract import Adapter

adapter_of = None


@contextmanager
def sides_of(policy: ReplicationPolicy) -> Iterator[tuple[Adapter, Adapter]]:
    """Source and destination, whose connections end with the block. Raises RemoteError."""
    ours: Adapter = OurRegistry()
    other = adapter_of(policy.src_registry or policy.dest_registry)
    try:
        yield (other, ours) if policy.pulls else (ours, other)
    finally:
        other.close()
