"""What holds for robots and personal tokens alike: permissions that exist, rows of them, and a life of some days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts import permissions
from accounts.errors import BadRequest
from accounts.models import PersonalToken, Robot, RobotLevel
from accounts.robots import Access

EVERY_PROJECT = "*"
SYSTEM_NAMESPACE = "/"
FOR_EVER = -1
LONGEST_DURATION = 2**31 - 1  # days
LONGEST_DESCRIPTION = 1024  # characters


@dataclass(frozen=True, slots=True)
class Granted:
    """A permission whose project has been looked up; ``project_id`` None for the system, and for every project."""

    access: Access
    project_id: int | None

    def __str__(self) -> str:
        return f"{self.access.namespace} {self.access.resource}:{self.access.action}"


def known(wanted: Iterable[Access], what: str) -> set[Access]:
    """At least one permission, all of them such as a robot or token (``what``) can have. Raises BadRequest."""
    accesses = set(wanted)
    if not accesses:
        raise BadRequest(f"a {what} needs at least one permission", field="permissions")
    for access in accesses:
        _require_known(access, what)
    return accesses


def named_projects(accesses: Iterable[Access]) -> set[str]:
    return {access.namespace for access in accesses} - {SYSTEM_NAMESPACE, EVERY_PROJECT}


def granted_to(holder: Robot | PersonalToken) -> frozenset[Granted]:
    """What it has now, in one query."""
    rows: Any = holder.permissions.select_related("project")
    return frozenset(Granted(Access(row.kind, row.namespace, row.resource, row.action), row.project_id) for row in rows)


def grant(holder: Robot | PersonalToken, granted: Iterable[Granted]) -> None:
    """Adds the rows."""
    rows: Any = holder.permissions
    rows.bulk_create(
        rows.model(
            **{rows.field.name: holder},
            kind=permission.access.kind,
            project_id=permission.project_id,
            resource=permission.access.resource,
            action=permission.access.action,
        )
        for permission in sorted(granted, key=lambda permission: permission.access)
    )


def checked_duration(days: int) -> int:
    """Raises BadRequest."""
    if isinstance(days, bool) or not isinstance(days, int) or days == 0 or not FOR_EVER <= days <= LONGEST_DURATION:
        raise BadRequest("the duration is a number of days above 0, or -1 for ever", field="duration")
    return days


def expiry(created: datetime, duration: int) -> datetime | None:
    """When what lives for that many days ends; None for never, which the end of the calendar also counts as."""
    if duration == FOR_EVER:
        return None
    try:
        return created + timedelta(days=duration)
    except OverflowError:
        return None


def checked_description(text: str) -> str:
    """Raises BadRequest."""
    if len(text) > LONGEST_DESCRIPTION:
        raise BadRequest(f"a description has up to {LONGEST_DESCRIPTION} characters", field="description")
    return text


def _require_known(access: Access, what: str) -> None:
    if access.kind not in RobotLevel.values:
        raise BadRequest(f"a permission's kind is one of {', '.join(RobotLevel.values)}", field="permissions")
    if (access.kind == RobotLevel.SYSTEM) != (access.namespace == SYSTEM_NAMESPACE):
        raise BadRequest("permissions of kind system, and no others, have the namespace /", field="permissions")
    if not permissions.robot_may_be_given(access.kind, access.resource, access.action):
        raise BadRequest(
            f"no {what} can have {access.resource}:{access.action} as a permission of kind {access.kind}",
            field="permissions",
        )
