"""Copying one artifact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from jobs.replication.engine.graph import Graph
from jobs.replication.engine.shared import Shared
from jobs.replication.engine.tally import Outcome


@dataclass(frozen=True, slots=True)
class Wanted:
    """``digest`` is "" where only the tag is known; there is one tag then. ``tags`` may be empty."""

    digest: str
    tags: tuple[str, ...]

    @property
    def name(self) -> str:
        """For people, behind the name of the repository."""
        return f":{', '.join(self.tags)}" if self.tags else f"@{self.digest}"


class Ended(NamedTuple):
    outcome: Outcome
    digest: str
    reason: str = ""


def copy_artifact(shared: Shared, wanted: Wanted) -> Ended:
    """Has the artifact with all that belongs to it at the destination, its tags last. Raises RemoteError.

    Done twice it does nothing the second time. A tag that has other content at the destination stays there, unless the
    policy overrides.
    """
    digest = wanted.digest or _digest_of(shared, wanted.tags[0])
    if not digest:
        return Ended(Outcome.GONE, "")
    there = {tag: shared.digest_there(tag) for tag in wanted.tags}
    moving = [tag for tag, held in there.items() if held != digest and (shared.override or not held)]
    kept = [tag for tag, held in there.items() if held not in ("", digest) and not shared.override]
    if kept and len(kept) == len(wanted.tags):
        return Ended(Outcome.KEPT, digest, f"other content is under {', '.join(kept)}")
    is_there = digest in there.values() or shared.digest_there(digest) == digest
    graph = Graph(shared)
    manifest = graph.bring_root(digest, is_there=is_there)
    if moving:
        for tag in moving:
            graph.put(tag, manifest)
    elif not is_there:
        graph.put(digest, manifest)
    is_new = bool(moving or not is_there or graph.new)
    return Ended(Outcome.COPIED if is_new else Outcome.THERE, digest, f"{', '.join(kept)} left alone" if kept else "")


def _digest_of(shared: Shared, tag: str) -> str:
    found = shared.source.head_manifest(tag)
    return found.digest if found else ""
