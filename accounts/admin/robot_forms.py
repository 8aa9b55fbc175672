"""The forms of robots: boxes to tick, and lines for one whose permissions do not fit into these."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.admin.grant_form import GrantForm, granted
from accounts.console.lines import LinesField
from accounts.console.permission_table import IN_PROJECTS, ON_SYSTEM, in_projects
from accounts.console.service_room import ServiceForm
from accounts.errors import BadRequest
from accounts.models import Project, Robot
from accounts.permissions import Permission
from accounts.robots import Access
from accounts.services.granting import EVERY_PROJECT, SYSTEM_NAMESPACE, granted_to

LINES = "permissions"
HELD = "_portolan_held"  # an attribute of robots
TICKED = ("on_system", "projects", "in_projects")
LINES_HELP = _(
    "Lines, since they are not the same in all of its projects, or there is no box for one of them. "
    "One a line, such as “repository:push” in the robot's own project. A robot of the system says where: "
    "“team repository:push” in one project, “* repository:pull” in every one, “/ catalog:read” on the system."
)
PATTERNS_HELP = _("One a line, such as “team/app-*”. Empty: every repository that the permissions reach.")
DURATION_HELP = _("-1: it never expires.")


class RobotForm(ServiceForm):
    repository_patterns = LinesField(label=_("Only repositories"), required=False, help_text=PATTERNS_HELP)

    class Meta:
        help_texts = {"duration": DURATION_HELP}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["repository_patterns"] = list(self.instance.repository_patterns)


class AddRobotForm(GrantForm, RobotForm):
    """What it may do is ticked."""


class ChangeRobotForm(GrantForm, RobotForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        nothing: dict[str, list[str]] = {name: [] for name in TICKED}
        self.initial.update(ticked(self.instance) or nothing)


class ChangeByLinesForm(RobotForm):
    permissions = LinesField(label=_("Permissions"), help_text=LINES_HELP)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial[LINES] = written(self.instance)


def ticked(robot: Robot) -> dict[str, list[str]] | None:
    """What the boxes show of its permissions, which is all of them; None where it is not, and lines have to."""
    by_place: dict[str, set[Permission]] = {}
    for access in _held(robot):
        by_place.setdefault(access.namespace, set()).add((access.resource, access.action))
    of_system = by_place.pop(SYSTEM_NAMESPACE, set())
    same, *others = by_place.values() or [set()]
    is_named_beside_every = EVERY_PROJECT in by_place and len(by_place) > 1
    if is_named_beside_every or any(each != same for each in others):
        return None
    if not (of_system <= ON_SYSTEM and same <= IN_PROJECTS):
        return None
    projects = sorted(by_place.keys() - {EVERY_PROJECT})
    return {"on_system": _boxes(of_system), "projects": projects, "in_projects": _boxes(same)}


def accesses_of(data: dict[str, Any], project: Project | None) -> list[Access]:
    """What was ticked: in the project that the robot is of, or for one of the system where it says."""
    if project:
        return in_projects(data["in_projects"], [project.name])
    return granted(data)


def chosen(data: dict[str, Any], changed: Collection[str], project: Project | None) -> list[Access] | None:
    """What was ticked or written; None where that is as it was: a change of something else gives nothing anew.

    Raises BadRequest for a line that says nothing of this form.
    """
    if LINES in changed:
        return [_access(line, project) for line in data[LINES]]
    return None if set(TICKED).isdisjoint(changed) else accesses_of(data, project)


def written(robot: Robot) -> list[str]:
    """The robot's permissions as :data:`LINES_HELP` describes them."""
    lines = [(access.namespace, f"{access.resource}:{access.action}") for access in _held(robot)]
    return [pair if robot.project_id else f"{namespace} {pair}" for namespace, pair in lines]


def _held(robot: Robot) -> list[Access]:
    """Asked for once of each row that was read: so all that a page tells of it is of the same moment."""
    found: list[Access] | None = getattr(robot, HELD, None)
    if found is None:
        found = sorted(each.access for each in granted_to(robot))
        setattr(robot, HELD, found)
    return found


def _boxes(pairs: Collection[Permission]) -> list[str]:
    return sorted(f"{resource}:{action}" for resource, action in pairs)


def _access(line: str, project: Project | None) -> Access:
    *where, pair = line.split()
    resource, colon, action = pair.partition(":")
    if not colon or len(where) > 1 or not (where or project):
        raise BadRequest(f"{line!r} is no permission in the form described below", field=LINES)
    namespace = where[0] if where else project.name if project else ""
    return Access("system" if namespace == SYSTEM_NAMESPACE else "project", namespace, resource, action)
