"""Audit rows in large numbers, spread over the last months."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from accounts.actors import SYSTEM, Kind
from accounts.models import Project, User
from audit.models import AuditLog

AT_ONCE = 2000
FIRST_PROJECTS_SHARE = 0.2
# Operations with the kind of what they are done to, and how often each is seen.
OPERATIONS = {
    ("create_artifact", "artifact"): 55,
    ("pull_artifact", "artifact"): 25,
    ("delete_artifact", "artifact"): 6,
    ("create_tag", "tag"): 5,
    ("delete_tag", "tag"): 4,
    ("create_member", "member"): 2,
    ("update_project", "project"): 2,
    ("create_robot", "robot"): 1,
}
NAMED = ("artifact", "tag")


def any_resource(project: Project, chance: random.Random) -> str:
    return f"{project.name}/app-{chance.randrange(10):02}:1.0.{chance.randrange(100)}"


def make_history(
    projects: Sequence[Project],
    users: Sequence[User],
    count: int,
    *,
    start: datetime,
    end: datetime,
    resource: Callable[[Project, random.Random], str] = any_resource,
) -> Iterator[int]:
    """Yields how many rows each transaction has made. The same on each run, but for the time.

    ``resource`` names an artifact of the project.
    """
    chance = random.Random(count)
    deeds, weights = list(OPERATIONS), list(OPERATIONS.values())
    for first in range(0, count, AT_ONCE):
        rows = []
        for number in range(first, min(first + AT_ONCE, count)):
            of_first = chance.random() < FIRST_PROJECTS_SHARE
            project = projects[0] if of_first else chance.choice(projects)
            operation, kind = chance.choices(deeds, weights)[0]
            name = resource(project, chance) if kind in NAMED else project.name
            row = _row(operation, kind, project, chance.choice(users) if users else None)
            row.resource, row.source_address = name, f"192.0.2.{chance.randrange(1, 255)}"
            row.op_time = start + (end - start) * (number / count)
            rows.append(row)
        AuditLog.objects.bulk_create(rows, AT_ONCE)
        yield len(rows)


def _row(operation: str, kind: str, project: Project, user: User | None) -> AuditLog:
    return AuditLog(
        operation=operation,
        resource_type=kind,
        username=user.username if user else SYSTEM.name,
        actor_kind=Kind.USER if user else Kind.SYSTEM,
        actor_id=user.pk if user else 0,
        project_id=project.pk,
        project_name=project.name,
        client="docker/27.3.1",
    )
