"""Copying one artifact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from jobs.replication.engine.graph import Graph, parsed_manifest
from jobs.replication.engine.shared import Shared
from jobs.replication.engine.tally import Outcome
from registry_api.oci.kinds import kind_of
from registry_api.remotes.errors import Unreachable

MOST_MOVES = 5  # of a tag while it is copied


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
    policy overrides. A tag that moves at the source meanwhile is followed. What is of a kind that is not taken is left
    out.
    """
    digest = wanted.digest or _digest_of(shared, wanted.tags[0])
    if not digest:
        return Ended(Outcome.GONE, "")
    # The listing that told a digest has told the kind as well.
    if kind := "" if wanted.digest else _unwanted_kind(shared, digest):
        return _left_out(digest, kind)
    ended, moved = _copied(shared, digest, wanted.tags)
    for tag in moved:
        ended = _follow(shared, tag)
    return ended


def _follow(shared: Shared, tag: str) -> Ended:
    for _ in range(MOST_MOVES):
        digest = _digest_of(shared, tag)
        if not digest:
            return Ended(Outcome.GONE, "")
        if kind := _unwanted_kind(shared, digest):
            return _left_out(digest, kind)
        ended, moved = _copied(shared, digest, (tag,))
        if not moved:
            return ended
    raise Unreachable(f"the tag {tag} moves faster than it can be copied")


def _copied(shared: Shared, digest: str, tags: Sequence[str]) -> tuple[Ended, list[str]]:
    """And the tags that were moved or taken away at the source meanwhile."""
    held = {tag: shared.head_there(tag) for tag in tags}
    moving = [tag for tag, found in held.items() if found is None or (found.digest != digest and shared.override)]
    kept = [tag for tag, found in held.items() if found and found.digest != digest and not shared.override]
    if kept and len(kept) == len(tags):
        return Ended(Outcome.KEPT, digest, f"other content is under {', '.join(kept)}"), []
    there = next((found for found in held.values() if found and found.digest == digest), None)
    there = there or shared.head_there(digest)
    graph = Graph(shared)
    manifest = graph.bring_root(digest, there)
    # It may have taken long. Who copies what is newer at this moment must not find the tag moved back afterwards.
    moved = [tag for tag in moving if _digest_of(shared, tag) != digest]
    references = [tag for tag in moving if tag not in moved] or ([digest] if there is None and not moved else [])
    if references:
        manifest = manifest or shared.source.get_manifest(digest)
        for reference in references:
            graph.put(reference, manifest)
        # Between the look and the put somebody else may have brought what is newer, and this has put it back.
        moved += [tag for tag in references if tag in moving and _digest_of(shared, tag) not in ("", digest)]
    is_new = bool(references or graph.new)
    reason = f"{', '.join(kept)} left alone" if kept else ""
    return Ended(Outcome.COPIED if is_new else Outcome.THERE, digest, reason), moved


def _unwanted_kind(shared: Shared, digest: str) -> str:
    """What it is, by its manifest; "" where that is copied, or nobody minds. Raises RemoteError."""
    if shared.takes_kind is None:
        return ""
    parsed = parsed_manifest(shared.source.get_manifest(digest))
    kind = kind_of(parsed.media_type, parsed.artifact_type).lower()
    return "" if shared.takes_kind(kind) else kind


def _left_out(digest: str, kind: str) -> Ended:
    return Ended(Outcome.LEFT_OUT, digest, f"its kind is {kind}")


def _digest_of(shared: Shared, tag: str) -> str:
    found = shared.source.head_manifest(tag)
    return found.digest if found else ""
