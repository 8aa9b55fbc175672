"""Robots."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, actor_of
from accounts.console.project_tabs import Tab, show_in_projects
from accounts.console.service_room import ServiceForm, ServiceRoom
from accounts.errors import BadRequest
from accounts.models import Project, Robot
from accounts.robots import Access
from accounts.services import robots

PERMISSIONS_HELP = _(
    "One a line, such as “repository:push” in the robot's own project. A robot of the system says where: "
    "“team repository:push” in one project, “* repository:pull” in every one, “/ catalog:read” on the system."
)
PATTERNS_HELP = _("One a line, such as “team/app-*”. Empty: every repository that the permissions reach.")
TWO_LINES = forms.Textarea(attrs={"rows": 4})


class LinesField(forms.CharField):
    """A list, a line each."""

    widget = TWO_LINES

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != self.to_python(data)


class RobotForm(ServiceForm):
    permissions = LinesField(label=_("permissions"), help_text=PERMISSIONS_HELP)
    repository_patterns = LinesField(label=_("repository patterns"), required=False, help_text=PATTERNS_HELP)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            self.initial["permissions"] = written(self.instance)
            self.initial["repository_patterns"] = list(self.instance.repository_patterns)
        else:
            self.initial["permissions"] = ["repository:pull", "repository:push"]
            self.initial["repository_patterns"] = []


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


@admin.register(Robot)
class RobotAdmin(ServiceRoom):
    resource = "robot"
    form = RobotForm
    list_display = ("account_name", "level", "project", "disabled", "expires_at", "creator_name", "creation_time")
    list_filter = ("level", "disabled")
    list_select_related = ("project",)
    search_fields = ("name", "project__name", "description")
    ordering = ("project__name", "name")
    autocomplete_fields = ("project",)
    actions = ("make_new_secret",)
    add_fields = ("name", "project", "description", "duration", "permissions", "repository_patterns")
    change_fields = ("description", "duration", "permissions", "repository_patterns", "disabled")
    fixed_fields = ("account_name", "level", "project", "expires_at", "creator_name", "creation_time")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Robot]:
        return super().get_queryset(request).select_related("project")

    @admin.display(description=_("name"), ordering="name")
    def account_name(self, row: Robot) -> str:
        return row.account_name

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> Robot:
        robot, secret = robots.create_robot(
            actor=actor,
            name=data["name"],
            project=data["project"],
            description=data["description"],
            duration=data["duration"],
            permissions=read(data["permissions"], data["project"]),
            repository_patterns=data["repository_patterns"],
        )
        self._show(request, robot, secret)
        return robot

    def change(self, request: HttpRequest, actor: Actor, row: Robot, data: dict[str, Any], changed: set[str]) -> None:
        given = {name: data[name] for name in self.change_fields if name in changed}
        if "permissions" in given:
            given["permissions"] = read(data["permissions"], row.project)
        if given:
            robots.update_robot(actor=actor, robot=row, **given)

    def remove(self, actor: Actor, row: Robot) -> None:
        robots.delete_robot(actor=actor, robot=row)

    @admin.action(description=_("Make a new secret (one robot)"))
    def make_new_secret(self, request: HttpRequest, queryset: QuerySet[Robot]) -> None:
        # One at a time: a longer message would be kept in the session, and with it the secrets in the database.
        robot = queryset.first() if queryset.count() == 1 else None
        if robot is None:
            self.message_user(request, _("Choose exactly one robot."), messages.ERROR)
            return
        self._show(request, robot, robots.refresh_robot_secret(actor=actor_of(request.user), robot=robot))

    def _show(self, request: HttpRequest, robot: Robot, secret: str) -> None:
        words = _("The secret of {} is {}. It is shown this once only: keep it now.")
        name, shown = (format_html("<code>{}</code>", text) for text in (robot.account_name, secret))
        self.message_user(request, format_html(str(words), name, shown), messages.WARNING)


show_in_projects(Tab("robots", _("Robot accounts"), ("robot", "list"), 30, Robot))
