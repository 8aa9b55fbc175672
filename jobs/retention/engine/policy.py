"""What a policy is made of: rules, each with the names it is about and what it keeps of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from accounts import patterns
from jobs.retention.engine import expressions


class Template(StrEnum):
    """What a rule keeps, in Harbor's words. The last two are taken from clients but not offered (Harbor)."""

    LATEST_PUSHED = "latestPushedK"
    LATEST_PULLED = "latestPulledN"
    PUSHED_WITHIN = "nDaysSinceLastPush"
    PULLED_WITHIN = "nDaysSinceLastPull"
    ALWAYS = "always"
    LATEST_ACTIVE = "latestActiveK"
    LAST_DAYS = "lastXDays"


COUNTS = frozenset({Template.LATEST_PUSHED, Template.LATEST_PULLED, Template.LATEST_ACTIVE})
DAYS = frozenset({Template.PUSHED_WITHIN, Template.PULLED_WITHIN, Template.LAST_DAYS})
OFFERED = tuple(each for each in Template if each not in (Template.LATEST_ACTIVE, Template.LAST_DAYS))


class Algorithm(StrEnum):
    """How rules go together: kept by any, or by all of those that are about it."""

    OR = "or"
    AND = "and"


class Unit(StrEnum):
    """What is kept or deleted as one: an artifact with all its tags (Harbor), or one tag, never its artifact."""

    ARTIFACT = "artifact"
    TAG = "tag"


class Notation(StrEnum):
    DOUBLESTAR = "doublestar"
    REGEX = "regex"


@dataclass(frozen=True, slots=True)
class Selector:
    """Names that fit the pattern, or with ``excludes`` those that do not."""

    pattern: str
    excludes: bool = False
    notation: Notation = Notation.DOUBLESTAR

    def means(self, name: str) -> bool:
        """Raises InvalidPattern, InvalidExpression; never for one that :meth:`require_readable` has passed."""
        describes = expressions.describes if self.notation is Notation.REGEX else patterns.matches
        return describes(self.pattern, name) != self.excludes

    def require_readable(self) -> None:
        """Raises InvalidPattern, InvalidExpression."""
        reads = expressions.compiled if self.notation is Notation.REGEX else patterns.compiled
        reads(self.pattern)


@dataclass(frozen=True, slots=True)
class Rule:
    """Of the artifacts that it is about, in the repositories that it is about, it keeps what the template says.

    ``parameter`` is a number of artifacts or of days, by the template. Repositories are meant by their name without the
    project; a name has to fit all selectors. ``untagged``: the rule is also about artifacts without a tag.
    """

    template: Template
    parameter: int = 0
    repositories: tuple[Selector, ...] = ()
    tags: tuple[Selector, ...] = ()
    untagged: bool = False
    disabled: bool = False

    def is_about_repository(self, name: str) -> bool:
        return not self.disabled and all(selector.means(name) for selector in self.repositories)

    def is_about(self, tags: Collection[str]) -> bool:
        """Whether it is about an artifact with these tags: with one tag that fits, or without any."""
        if not tags:
            return self.untagged
        return any(all(selector.means(tag) for selector in self.tags) for tag in tags)


@dataclass(frozen=True, slots=True)
class Policy:
    rules: tuple[Rule, ...] = ()
    algorithm: Algorithm = Algorithm.OR
    unit: Unit = Unit.ARTIFACT

    def rules_for(self, repository: str) -> list[tuple[int, Rule]]:
        """With their numbers, from 1. Where there is none, nothing in the repository is touched."""
        return [(number, rule) for number, rule in enumerate(self.rules, 1) if rule.is_about_repository(repository)]

    def is_about_repository(self, full_name: str) -> bool:
        """By the name with its project."""
        return bool(self.rules_for(full_name.partition("/")[2]))
