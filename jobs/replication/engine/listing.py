"""What of a source's listing is to be copied."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from jobs.replication.engine.artifact import Wanted
from jobs.replication.filters import Filters, Resource
from registry_api.remotes.contract import RemoteArtifact, Repository

# Tags that name a manifest: older signatures, and lists of referrers where a registry keeps no list itself.
NAMED_AFTER = re.compile(r"(sha256|sha512)-([0-9a-f]{64}|[0-9a-f]{128})((?:\.[a-z0-9]+)?)")
SUFFIXES = (".sig", ".att", ".sbom")  # cosign's


def chosen(filters: Filters, artifact: RemoteArtifact) -> Wanted | None:
    """The artifact with those of its tags that are copied; None when it is not copied.

    A tag that only lists the referrers of a manifest is no artifact: it is made anew where it is needed.
    """
    tags = tuple(tag for tag in artifact.tags if not _is_list_of_referrers(tag))
    if artifact.tags and not tags:
        return None
    taken = filters.tags_of(tags)
    if taken is None or not filters.takes_kind(artifact.kind) or not filters.takes_labels(artifact.labels):
        return None
    return Wanted(artifact.digest, taken)


def all_chosen(filters: Filters, artifacts: Iterable[RemoteArtifact]) -> Iterator[Wanted]:
    return (wanted for artifact in artifacts if (wanted := chosen(filters, artifact)) is not None)


def first_chosen(filters: Filters, artifacts: Iterable[RemoteArtifact]) -> RemoteArtifact | None:
    """No more of the listing is asked for than it takes to find one."""
    return next((artifact for artifact in artifacts if chosen(filters, artifact) is not None), None)


def survey(filters: Filters, artifacts: Iterable[RemoteArtifact]) -> tuple[int, Mapping[str, Sequence[str]]]:
    """How many will be copied; and, by digest, the tags that belong to a manifest by their name."""
    count = 0
    attached: defaultdict[str, list[str]] = defaultdict(list)
    for artifact in artifacts:
        count += chosen(filters, artifact) is not None
        for tag in artifact.tags:
            named = NAMED_AFTER.fullmatch(tag)
            if named and named[3]:
                attached[f"{named[1]}:{named[2]}"].append(tag)
    return count, attached


def attached_to(source: Repository, digests: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """The same for a few digests, by asking for the names that are known."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for digest in digests:
        for suffix in SUFFIXES:
            tag = digest.replace(":", "-") + suffix
            if source.head_manifest(tag) is not None:
                found[digest].append(tag)
    return found


def resource_type(kind: str) -> str:
    """Harbor's word for a task's resource."""
    return str(Resource.IMAGE if kind == Resource.IMAGE else Resource.ARTIFACT)


def _is_list_of_referrers(tag: str) -> bool:
    named = NAMED_AFTER.fullmatch(tag)
    return named is not None and not named[3]
