"""Artifacts and tags as retention sees them: read in batches by their ids, and nothing else of them is held."""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from jobs.retention.engine.evaluation import NEVER, Candidate
from jobs.retention.engine.policy import Unit
from registry_api.models import Manifest, ManifestReference, Repository, Tag
from registry_api.selectors.artifacts import standing_alone
from registry_api.services import limits

BATCH = 400
# Tags by which clients that do not know of subjects hang signatures and lists of referrers on an artifact (cosign; OCI
# distribution-spec, referrers tag schema).
OF_ANOTHER = re.compile(r"(sha256-[0-9a-f]{64}|sha512-[0-9a-f]{128})(?:\.(?:sig|att|sbom))?")


@dataclass(frozen=True, slots=True)
class Item:
    """An artifact with all its tags, or one tag: then ``id`` is the tag's. Times are the newest over all of it."""

    id: int
    digest: str
    tags: tuple[str, ...]
    pushed: datetime
    pulled: datetime | None

    @property
    def candidate(self) -> Candidate:
        pulled = self.pulled.timestamp() if self.pulled else NEVER
        return Candidate(self.id, self.tags, self.pushed.timestamp(), pulled)

    @property
    def subject(self) -> str:
        """The digest of what it hangs on by its tags; "" where it stands for itself."""
        subjects = {_subject_in(tag) for tag in self.tags}
        return subjects.pop() if len(subjects) == 1 else ""


def item_ids(repository: Repository, unit: Unit) -> array[int]:
    """Of all that may be kept or deleted, what was made last first: an index comes before its parts.

    Without what has no tag and was pushed lately: it may be part of an index that is on its way.
    """
    rows: QuerySet[Manifest] | QuerySet[Tag]
    if unit is Unit.TAG:
        rows = Tag.objects.filter(repository=repository)
    else:
        tags = Tag.objects.filter(manifest=OuterRef("pk"))
        is_old = Q(push_time__lte=timezone.now() - limits.push_window())
        rows = standing_alone(Manifest.objects.filter(repository=repository)).filter(is_old | Exists(tags))
    return array("q", rows.order_by("-pk").values_list("pk", flat=True).iterator(chunk_size=5000))


def items(unit: Unit, ids: Sequence[int]) -> Iterator[list[Item]]:
    """In batches, in the order of the ids; what has gone meanwhile is left out."""
    read = _tags if unit is Unit.TAG else _artifacts
    for start in range(0, len(ids), BATCH):
        part = list(islice(ids, start, start + BATCH))
        found = read(part)
        yield [found[each] for each in part if each in found]


def find_item(unit: Unit, item_id: int) -> Item | None:
    """As it is now."""
    return (_tags if unit is Unit.TAG else _artifacts)([item_id]).get(item_id)


def ids_by_digest(repository: Repository, digests: Collection[str]) -> dict[str, int]:
    """The manifests of the repository among these."""
    found: dict[str, int] = {}
    wanted = sorted(digests)
    for start in range(0, len(wanted), BATCH):
        rows = Manifest.objects.filter(repository=repository, digest__in=wanted[start : start + BATCH])
        found.update(rows.values_list("digest", "pk"))
    return found


def parents_of(ids: Collection[int]) -> dict[int, list[int]]:
    """The indexes that list each of the manifests."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = ManifestReference.objects.filter(child__in=list(ids)).order_by("-manifest_id")
    for child, parent in rows.values_list("child_id", "manifest_id"):
        if child is not None:
            found[child].append(parent)
    return found


def subject_of(manifest_id: int) -> str | None:
    """The digest that an accessory names as its subject, "" for what is none; None for what is not there any more."""
    return Manifest.objects.filter(pk=manifest_id).values_list("subject_digest", flat=True).first()


def digest_of(manifest_id: int) -> str:
    return Manifest.objects.filter(pk=manifest_id).values_list("digest", flat=True).first() or ""


def _artifacts(ids: list[int]) -> dict[int, Item]:
    tags: dict[int, list[tuple[str, datetime, datetime | None]]] = defaultdict(list)
    of_tags = Tag.objects.filter(manifest__in=ids).order_by("name")
    for manifest, name, pushed, pulled in of_tags.values_list("manifest_id", "name", "push_time", "pull_time"):
        tags[manifest].append((name, pushed, pulled))
    rows = Manifest.objects.filter(pk__in=ids).values_list("pk", "digest", "push_time", "pull_time")
    return {
        pk: Item(
            pk,
            digest,
            tuple(name for name, _pushed, _pulled in tags[pk]),
            max([pushed, *(each for _name, each, _pulled in tags[pk])]),
            max([each for each in (pulled, *(each[2] for each in tags[pk])) if each], default=None),
        )
        for pk, digest, pushed, pulled in rows
    }


def _tags(ids: list[int]) -> dict[int, Item]:
    rows = Tag.objects.filter(pk__in=ids)
    values = rows.values_list("pk", "manifest__digest", "name", "push_time", "pull_time")
    return {pk: Item(pk, digest, (name,), pushed, pulled) for pk, digest, name, pushed, pulled in values}


def _subject_in(tag: str) -> str:
    found = OF_ANOTHER.fullmatch(tag)
    return found[1].replace("-", ":") if found else ""
