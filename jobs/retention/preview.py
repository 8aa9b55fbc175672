"""What a draft would keep and delete: the same judging as in a run, and nothing is changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from accounts.errors import Precondition
from jobs.retention.engine.policy import Policy
from jobs.retention.items import item_ids
from jobs.retention.judging import Decision, Judging
from registry_api.models import Repository

MOST = 20_000  # artifacts or tags of one repository
PATIENCE = 20.0  # seconds for all that is asked for at once
TOO_MUCH = "there is too much in {} to judge it while you wait; a dry run tells the same"


class Wanted(StrEnum):
    ALL = "all"
    KEEP = "keep"
    DELETE = "delete"


@dataclass
class Preview:
    """Of one repository; ``decisions`` are those that were asked for, of ``matching`` that there are."""

    repository: Repository
    total: int = 0
    retained: int = 0
    matching: int = 0
    decisions: list[Decision] = field(default_factory=list)


def patience(seconds: float = PATIENCE) -> Callable[[str], None]:
    """Raises Precondition when it is called, with the name of a repository, after so many seconds."""
    until = time.monotonic() + seconds

    def heed(name: str) -> None:
        if time.monotonic() > until:
            raise Precondition(TOO_MUCH.format(name))

    return heed


def meant(policy: Policy, names: Iterable[str], heed: Callable[[str], None]) -> list[str]:
    """Those of the repositories, by their full names, that a rule is about. Raises what ``heed`` raises."""
    found = []
    for name in names:
        heed(name)
        if policy.is_about_repository(name):
            found.append(name)
    return found


def preview_repository(
    policy: Policy,
    repository: Repository,
    heed: Callable[[str], None],
    *,
    wanted: Wanted = Wanted.ALL,
    offset: int = 0,
    limit: int = 100,
) -> Preview:
    """Raises Precondition when there is too much for an answer while somebody waits."""
    if len(item_ids(repository, policy.unit)) > MOST:
        raise Precondition(TOO_MUCH.format(repository.name))
    preview = Preview(repository)
    for decision in Judging(policy, repository, lambda: heed(repository.name)).decisions():
        preview.total += 1
        preview.retained += decision.keeps
        if wanted is not Wanted.ALL and decision.keeps is not (wanted is Wanted.KEEP):
            continue
        if offset <= preview.matching < offset + limit:
            preview.decisions.append(decision)
        preview.matching += 1
    return preview
