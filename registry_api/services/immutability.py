"""Immutable tags."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from accounts.errors import Precondition
from accounts.patterns import matches
from registry_api import sql
from registry_api.models.immutable_rule import Match
from registry_api.oci.errors import Denied


class Immutable(Denied):
    """A tag that a rule fixes would have moved or gone."""


def is_immutable(project_id: int, repository: str, tag: str) -> bool:
    """Whether an enabled rule of the project fixes this tag once it exists (Harbor: tag immutability)."""
    return tag in immutable_among(project_id, repository, [tag])


def immutable_among(project_id: int, repository: str, tags: list[str]) -> set[str]:
    """Those of the tags that a rule fixes; one query however many tags."""
    rules = sql.rows(
        "SELECT repository_match, repository_pattern, tag_match, tag_pattern FROM registry_api_immutablerule"
        " WHERE project_id = %s AND NOT disabled",
        [project_id],
    )
    inner = repository.partition("/")[2]
    fitting = [
        (tag_match, tag_pattern)
        for repository_match, repository_pattern, tag_match, tag_pattern in rules
        if _fits(repository_match, repository_pattern, inner)
    ]
    return {tag for tag in tags if any(_fits(match, pattern, tag) for match, pattern in fitting)}


def require_mutable(project_id: int, repository: str, tags: list[str]) -> None:
    """Raises Immutable when one of these existing tags may not move or go."""
    fixed = immutable_among(project_id, repository, tags) if tags else set()
    if fixed:
        raise Immutable(
            f"the tag {repository}:{min(fixed)} is immutable: neither it nor what it is made of can be moved or deleted"
        )


@contextmanager
def refused_as_precondition() -> Iterator[None]:
    """REST has a status of its own for what ``/v2/`` denies. Raises Precondition instead of Immutable."""
    try:
        yield
    except Immutable as error:
        raise Precondition(error.message) from error


def _fits(match: str, pattern: str, text: str) -> bool:
    return matches(pattern, text) == (match == Match.MATCHES)
