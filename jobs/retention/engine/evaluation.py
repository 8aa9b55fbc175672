"""Judging one repository in two passes: first every candidate is shown to the rules, then each is judged.

So nothing needs to be held of a candidate in between but, for rules that keep a number, the places of the best.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from jobs.retention.engine.policy import COUNTS, Algorithm, Policy, Rule, Template

DAY = 24 * 60 * 60  # seconds
# Before everything else: when what was never pulled was pulled.
NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is kept or deleted as one. Times are in seconds since the epoch, the newest over the artifact and its tags.

    ``key`` tells candidates of the same moment apart, the later the larger.
    """

    key: int
    tags: tuple[str, ...]
    pushed: float
    pulled: float = NEVER

    @property
    def active(self) -> float:
        return max(self.pushed, self.pulled)


class Because(StrEnum):
    """Why something stays or goes. What the rules say comes first; the others overrule it."""

    KEPT = "kept"  # by the rules that are named
    NOT_KEPT = "not_kept"  # by any of the rules that are named
    NO_RULE = "no_rule"  # no rule is about it
    IMMUTABLE = "immutable"
    PART = "part"  # of an index that stays
    FOLLOWS = "follows"  # an artifact that stays, or that goes


@dataclass(frozen=True, slots=True)
class Saying:
    """What one rule says of a candidate that it is about; ``rule`` is its number, from 1."""

    rule: int
    template: Template
    parameter: int
    keeps: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """``sayings`` are of all rules that are about the candidate."""

    keeps: bool
    because: Because
    sayings: tuple[Saying, ...] = ()


class Keeper(Protocol):
    """One rule at work on one repository."""

    def see(self, candidate: Candidate) -> None: ...
    def keeps(self, candidate: Candidate) -> bool: ...


class _Best:
    """Keeps the ``count`` with the greatest times; all where there are not more."""

    def __init__(self, count: int, time_of: Callable[[Candidate], float]) -> None:
        self._count = count
        self._time_of = time_of
        self._best: list[tuple[float, float, int]] = []

    def _place(self, candidate: Candidate) -> tuple[float, float, int]:
        return (self._time_of(candidate), candidate.pushed, candidate.key)

    def see(self, candidate: Candidate) -> None:
        if len(self._best) < self._count:
            heapq.heappush(self._best, self._place(candidate))
        elif self._count:
            heapq.heappushpop(self._best, self._place(candidate))

    def keeps(self, candidate: Candidate) -> bool:
        if len(self._best) < self._count:
            return True
        return bool(self._best) and self._place(candidate) >= self._best[0]


class _Within:
    """Keeps what happened at most ``days`` ago."""

    def __init__(self, days: int, now: float, time_of: Callable[[Candidate], float]) -> None:
        self._oldest = now - days * DAY
        self._time_of = time_of

    def see(self, candidate: Candidate) -> None:
        """Each is judged by itself."""

    def keeps(self, candidate: Candidate) -> bool:
        return self._time_of(candidate) >= self._oldest


class _All:
    def see(self, candidate: Candidate) -> None:
        """Each is judged by itself."""

    def keeps(self, candidate: Candidate) -> bool:
        return True


def _pushed(candidate: Candidate) -> float:
    return candidate.pushed


def _pulled(candidate: Candidate) -> float:
    return candidate.pulled


def _active(candidate: Candidate) -> float:
    return candidate.active


TIMES: dict[Template, Callable[[Candidate], float]] = {
    Template.LATEST_PUSHED: _pushed,
    Template.PUSHED_WITHIN: _pushed,
    Template.LAST_DAYS: _pushed,
    Template.LATEST_PULLED: _pulled,
    Template.PULLED_WITHIN: _pulled,
    Template.LATEST_ACTIVE: _active,
}


def keeper_of(rule: Rule, now: float) -> Keeper:
    if rule.template is Template.ALWAYS:
        return _All()
    if rule.template in COUNTS:
        return _Best(rule.parameter, TIMES[rule.template])
    return _Within(rule.parameter, now, TIMES[rule.template])


class Evaluation:
    """A policy at work on the repository of this name (without its project): show it all candidates, then ask."""

    def __init__(self, policy: Policy, repository: str, now: float) -> None:
        self._algorithm = policy.algorithm
        self._rules = [(number, rule, keeper_of(rule, now)) for number, rule in policy.rules_for(repository)]

    @property
    def is_in_scope(self) -> bool:
        """Whether any rule is about the repository; otherwise nothing in it is touched."""
        return bool(self._rules)

    def see(self, candidate: Candidate) -> None:
        for _number, rule, keeper in self._rules:
            if rule.is_about(candidate.tags):
                keeper.see(candidate)

    def judge(self, candidate: Candidate) -> Verdict:
        """What the rules say of it, after :meth:`see` of all."""
        sayings = tuple(
            Saying(number, rule.template, rule.parameter, keeper.keeps(candidate))
            for number, rule, keeper in self._rules
            if rule.is_about(candidate.tags)
        )
        if not sayings:
            return Verdict(keeps=False, because=Because.NO_RULE)
        keeps = self._together(sayings)
        return Verdict(keeps, Because.KEPT if keeps else Because.NOT_KEPT, sayings)

    def _together(self, sayings: Sequence[Saying]) -> bool:
        if self._algorithm is Algorithm.AND:
            return all(saying.keeps for saying in sayings)
        return any(saying.keeps for saying in sayings)
