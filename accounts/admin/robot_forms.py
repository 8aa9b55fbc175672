"""The forms of robots: boxes to tick for a new one, lines for one that may have anything in any project."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.admin.grant_form import GrantForm, granted
from accounts.console.lines import LinesField
from accounts.console.permission_table import in_projects
from accounts.console.service_room import ServiceForm
from accounts.errors import BadRequest
from accounts.models import Project, Robot
from accounts.robots import Access

PERMISSIONS_HELP = _(
    "One a line, such as “repository:push” in the robot's own project. A robot of the system says where: "
    "“team repository:push” in one project, “* repository:pull” in every one, “/ catalog:read” on the system."
)
PATTERNS_HELP = _("One a line, such as “team/app-*”. Empty: every repository that the permissions reach.")
DURATION_HELP = _("-1: it never expires.")


class AddRobotForm(GrantForm):
    repository_patterns = LinesField(label=_("Only repositories"), required=False, help_text=PATTERNS_HELP)

    class Meta:
        help_texts = {"duration": DURATION_HELP}


class ChangeRobotForm(ServiceForm):
    permissions = LinesField(label=_("permissions"), help_text=PERMISSIONS_HELP)
    repository_patterns = LinesField(label=_("repository patterns"), required=False, help_text=PATTERNS_HELP)

    class Meta:
        help_texts = {"duration": DURATION_HELP}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["permissions"] = written(self.instance)
        self.initial["repository_patterns"] = list(self.instance.repository_patterns)


def accesses_of(data: dict[str, Any]) -> list[Access]:
    """What was ticked: in the project that the robot is of, or for one of the system where it says."""
    if data["project"]:
        return in_projects(data["in_projects"], [data["project"].name])
    return granted(data)


def written(robot: Robot) -> list[str]:
    """The robot's permissions as :data:`PERMISSIONS_HELP` describes them."""
    rows = robot.permissions.select_related("project").order_by("kind", "project__name", "resource", "action")
    lines = [(row.namespace, f"{row.resource}:{row.action}") for row in rows]
    return [pair if robot.project_id else f"{namespace} {pair}" for namespace, pair in lines]


def read(lines: list[str], project: Project | None) -> list[Access]:
    """Raises BadRequest for a line that says nothing of this form."""
    return [_access(line, project) for line in lines]


def _access(line: str, project: Project | None) -> Access:
    *where, pair = line.split()
    resource, colon, action = pair.partition(":")
    if not colon or len(where) > 1 or not (where or project):
        raise BadRequest(f"{line!r} is no permission in the form described below", field="permissions")
    namespace = where[0] if where else project.name if project else ""
    return Access("system" if namespace == "/" else "project", namespace, resource, action)
