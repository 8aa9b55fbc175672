"""What somebody else may do, ticked: for robots and for personal tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from accounts.console.lines import LinesField
from accounts.console.permission_table import (
    IN_PROJECTS,
    ON_SYSTEM,
    PermissionsField,
    in_projects,
    namespaces_of,
    on_system,
)
from accounts.console.service_room import ServiceForm
from accounts.robots import Access

PROJECTS_HELP = _("One a line. Empty: every project, also those that come later.")
FIRST_TICKED = ["repository:pull", "repository:push"]


class GrantForm(ServiceForm):
    told_at: ClassVar[Mapping[str, str]] = {
        "permissions": "in_projects",
        "permissions.projects": "projects",
        "permissions.system": "on_system",
    }
    on_system = PermissionsField(ON_SYSTEM, label=_("May"))
    projects = LinesField(label=_("In these projects"), required=False, help_text=PROJECTS_HELP)
    in_projects = PermissionsField(IN_PROJECTS, label=_("May"), initial=FIRST_TICKED)


def granted(data: dict[str, Any]) -> list[Access]:
    """In the projects that were named, and on the system, where the form has that."""
    return [
        *on_system(data.get("on_system", ())),
        *in_projects(data["in_projects"], namespaces_of(data["projects"])),
    ]
