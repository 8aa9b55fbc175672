"""Who may look at a project's robots, and who may change them."""

from __future__ import annotations

from collections.abc import Iterator

from accounts.models import Project
from tests.rest.conftest import Caller, by_rank
from tests.support.people import People

READS = (401, 403, 403, 200, 200, 200, 200)
WRITES = (401, 403, 403, 403, 403, 403, 200)


def who_may(people: People, project: Project, nobody: Caller, user: Caller) -> Iterator[tuple[Caller, int, int]]:
    """Somebody of each rank, with the statuses that they get."""
    return zip(by_rank(people, project, nobody, user), READS, WRITES, strict=True)
