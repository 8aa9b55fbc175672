"""What a policy keeps and deletes in one repository, and why: the one answer for previews, dry runs and runs.

The rules judge what stands for itself. Parts of indexes, and what hangs on an artifact as its signature, follow it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.utils import timezone

from jobs.retention.engine.evaluation import Because, Evaluation, Verdict
from jobs.retention.engine.policy import Policy, Unit
from jobs.retention.items import (
    Item,
    digest_of,
    ids_by_digest,
    item_ids,
    items,
    parents_of,
    subject_of,
)
from registry_api.models import ImmutableRule, Repository, Tag
from registry_api.services.artifacts import goes_with
from registry_api.services.immutability import immutable_among


@dataclass(frozen=True, slots=True)
class Decision:
    """``other`` is the digest that the item is part of or follows, where that decided."""

    item: Item
    verdict: Verdict
    other: str = ""

    @property
    def keeps(self) -> bool:
        return self.verdict.keeps

    @property
    def is_immutable(self) -> bool:
        return self.verdict.because is Because.IMMUTABLE


class _Leader(NamedTuple):
    """What an item follows."""

    id: int
    digest: str


class Judging:
    """Goes through the repository twice (:mod:`jobs.retention.engine.evaluation`).

    ``heed`` is called before each look at an item, and may raise to end it all: patterns may be long, graphs deep.
    """

    def __init__(self, policy: Policy, repository: Repository, heed: Callable[[], object] = lambda: None) -> None:
        self._unit = policy.unit
        self._repository = repository
        self._heed = heed
        _project, _, inner = repository.name.partition("/")
        self._evaluation = Evaluation(policy, inner, timezone.now().timestamp())
        self._ids: array[int] = array("q")
        self._followers: set[int] = set()
        self._doomed: set[int] = set()
        rules = ImmutableRule.objects.filter(project=repository.project_id, disabled=False)
        self._has_immutable = rules.exists()
        # Few repositories have any, and only then is it worth looking at what goes with each artifact.
        self._has_tagged_accessories = (
            self._has_immutable
            and Tag.objects.filter(repository=repository).exclude(manifest__subject_digest="").exists()
        )

    @property
    def total(self) -> int:
        """How much there is to be decided; known when the first decision is."""
        return len(self._ids)

    def decisions(self) -> Iterator[Decision]:
        """One for each artifact or tag; none where no rule is about the repository."""
        if not self._evaluation.is_in_scope:
            return
        self._ids = item_ids(self._repository, self._unit)
        self._see_all()
        for batch in items(self._unit, self._ids):
            yield from self._decided([item for item in batch if item.id not in self._followers])
        for batch in items(self._unit, sorted(self._followers, reverse=True)):
            self._heed()
            yield from self._decided_as_followers(batch)

    def spare(self, item: Item) -> None:
        """Says that the item, which was to go, stays after all; what depends on it will be judged by that."""
        self._doomed.discard(item.id)

    def _see_all(self) -> None:
        for batch in items(self._unit, self._ids):
            leaders = self._leaders(batch)
            self._followers.update(leaders)
            for item in batch:
                self._heed()
                if item.id not in leaders:
                    self._evaluation.see(item.candidate)

    def _leaders(self, batch: list[Item]) -> dict[int, _Leader]:
        """By item, for those that follow something that is there."""
        subjects = {item.id: item.subject for item in batch if item.subject}
        there = ids_by_digest(self._repository, set(subjects.values()))
        return {item: _Leader(there[subject], subject) for item, subject in subjects.items() if subject in there}

    def _decided(self, batch: list[Item]) -> Iterator[Decision]:
        decided = [self._judged(item) for item in batch]
        going = [decision.item for decision in decided if not decision.keeps]
        fixed = self._immutable(going)
        parents = parents_of([item.id for item in going]) if self._unit is Unit.ARTIFACT else {}
        for decision in decided:
            yield self._final(decision, fixed, parents.get(decision.item.id, ()))

    def _judged(self, item: Item) -> Decision:
        self._heed()
        return Decision(item, self._evaluation.judge(item.candidate))

    def _final(self, decision: Decision, fixed: Collection[int], parents: Collection[int]) -> Decision:
        """After what overrules the rules. What goes is remembered for that which depends on it."""
        if decision.keeps:
            return decision
        if decision.item.id in fixed:
            return _kept(decision, Because.IMMUTABLE)
        staying = next((parent for parent in parents if self._stays(parent)), None)
        if staying is not None:
            return _kept(decision, Because.PART, digest_of(staying))
        self._doomed.add(decision.item.id)
        return decision

    def _decided_as_followers(self, batch: list[Item]) -> Iterator[Decision]:
        leaders = self._leaders(batch)
        going: list[Decision] = []
        for item in batch:
            leader = leaders.get(item.id)
            decision = Decision(item, Verdict(keeps=False, because=Because.FOLLOWS), item.subject)
            if leader and (self._unit is Unit.TAG or self._stays(leader.id)):
                yield _kept(decision, Because.FOLLOWS, leader.digest)
            else:
                going.append(decision)
        fixed = self._immutable([decision.item for decision in going])
        parents = parents_of([decision.item.id for decision in going]) if self._unit is Unit.ARTIFACT else {}
        for decision in going:
            yield self._final(decision, fixed, parents.get(decision.item.id, ()))

    def _stays(self, manifest_id: int) -> bool:
        """Whether this manifest of the repository will be there afterwards, candidate or not.

        Each that it depends on is looked at once, however many ways lead there: indexes may share their parts.
        """
        seen, waiting = {manifest_id}, [manifest_id]
        while waiting:
            self._heed()
            holders = self._holders(waiting.pop())
            if holders is None:
                return True
            waiting += [holder for holder in holders if holder not in seen]
            seen.update(holders)
        return False

    def _holders(self, manifest_id: int) -> list[int] | None:
        """What has to stay, one of them at least, for this one to stay; None for what stays by itself."""
        if self._is_candidate(manifest_id):
            return [] if manifest_id in self._doomed else None
        subject = subject_of(manifest_id)
        if subject is None:
            return []
        if subject:
            leader = ids_by_digest(self._repository, [subject]).get(subject)
            return None if leader is None else [leader]
        return parents_of([manifest_id]).get(manifest_id)

    def _is_candidate(self, manifest_id: int) -> bool:
        # The ids go downwards.
        place = bisect_left(self._ids, -manifest_id, key=lambda each: -each)
        return place < len(self._ids) and self._ids[place] == manifest_id

    def _immutable(self, going: list[Item]) -> set[int]:
        """Those of the items that a rule of immutability holds, by a tag of their own or of what goes with them."""
        if not self._has_immutable or not going:
            return set()
        name, project = self._repository.name, self._repository.project_id
        fixed = immutable_among(project, name, [tag for item in going for tag in item.tags])
        found = {item.id for item in going if not fixed.isdisjoint(item.tags)}
        if self._has_tagged_accessories and self._unit is Unit.ARTIFACT:
            found |= {item.id for item in going if item.id not in found and self._holds_immutable(item)}
        return found

    def _holds_immutable(self, item: Item) -> bool:
        below = goes_with(self._repository, item.id, item.digest)
        tags = list(Tag.objects.filter(manifest__in=below).values_list("name", flat=True))
        return bool(tags) and bool(immutable_among(self._repository.project_id, self._repository.name, tags))


def _kept(decision: Decision, because: Because, other: str = "") -> Decision:
    return Decision(decision.item, replace(decision.verdict, keeps=True, because=because), other)
