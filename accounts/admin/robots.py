"""Robots: a form that ends with the secret, shown once and ready to use."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.actors import Actor, actor_of
from accounts.admin.robot_forms import (
    LINES,
    AddRobotForm,
    ChangeByLinesForm,
    ChangeRobotForm,
    accesses_of,
    chosen,
    ticked,
    written,
)
from accounts.console.here import here_of
from accounts.console.project_tabs import Tab, show_in_projects
from accounts.console.service_room import ServiceRoom
from accounts.console.times import moment_shown
from accounts.errors import DomainError
from accounts.models import Project, Robot
from accounts.services import robots

MADE = "_robot_secret"


@admin.register(Robot)
class RobotAdmin(ServiceRoom):
    resource = "robot"
    list_title = _("Robot accounts")
    list_display = ("account_name", "level", "project", "state", "expires", "creator_name", "creation_time")
    list_filter = ("level", "disabled")
    list_select_related = ("project",)
    search_fields = ("name", "description")
    search_help_text = _("Part of a name or description")
    ordering = ("project__name", "name")
    change_fields = ("description", "duration", "repository_patterns", "disabled")
    fixed_fields = ("account_name", "level", "project", "expires_at", "creator_name", "creation_time")
    shown_fields = (*fixed_fields, "description", "permissions_shown", "patterns_shown", "disabled")
    change_form_outer_before_template = "console/robot/renew.html"

    def get_urls(self) -> list[URLPattern]:
        renew = self.admin_site.admin_view(require_POST(self.renew_view))
        return [path("<int:pk>/secret/", renew, name="accounts_robot_secret"), *super().get_urls()]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> type[Any]:
        if obj is None:
            options["form"] = AddRobotForm
        else:
            options["form"] = ChangeByLinesForm if self._has_lines(request, obj) else ChangeRobotForm
        return super().get_form(request, obj, change, **options)

    def _has_lines(self, request: HttpRequest, robot: Robot) -> bool:
        """A form comes back as it was sent, whatever has become of the robot meanwhile."""
        return LINES in request.POST if request.method == "POST" else ticked(robot) is None

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self._parts(("name", "description", "duration"), self._boxes(here_of(request).project))
        if shown := self._shown_to(request, obj):
            return ((None, {"fields": shown}),)
        lines = ((_("What it may do"), {"fields": (LINES,)}),)
        may = lines if self._has_lines(request, obj) else self._boxes(obj.project)
        return self._parts((*self.fixed_fields, "description", "duration", "disabled"), may)

    def _parts(self, who: tuple[str, ...], may: tuple[Any, ...]) -> tuple[Any, ...]:
        return (
            (_("Who it is"), {"fields": who}),
            *may,
            (_("Where"), {"fields": ("repository_patterns",)}),
        )

    def _boxes(self, project: Project | None) -> tuple[Any, ...]:
        if project:
            return ((_("What it may do in projects"), {"fields": ("in_projects",)}),)
        return (
            (_("On the whole system"), {"fields": ("on_system",)}),
            (_("What it may do in projects"), {"fields": ("projects", "in_projects")}),
        )

    @admin.display(description=_("name"), ordering="name")
    def account_name(self, row: Robot) -> str:
        return row.account_name

    @admin.display(description=_("state"))
    def state(self, row: Robot) -> str:
        if row.disabled:
            return format_html('<span class="badge warn">{}</span>', _("disabled"))
        if row.is_expired():
            return format_html('<span class="badge bad">{}</span>', _("expired"))
        return format_html('<span class="badge good">{}</span>', _("active"))

    @admin.display(description=_("expires"), ordering="expires_at")
    def expires(self, row: Robot) -> str:
        return moment_shown(row.expires_at) if row.expires_at else now("never")

    @admin.display(description=_("permissions"))
    def permissions_shown(self, row: Robot) -> str:
        return ", ".join(written(row)) or "-"

    @admin.display(description=_("repository patterns"))
    def patterns_shown(self, row: Robot) -> str:
        return ", ".join(row.repository_patterns) or "-"

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> Robot:
        robot, secret = robots.create_robot(
            actor=actor,
            name=data["name"],
            project=data["project"],
            description=data["description"],
            duration=data["duration"],
            permissions=accesses_of(data, data["project"]),
            repository_patterns=data["repository_patterns"],
        )
        setattr(request, MADE, secret)
        return robot

    def change(self, request: HttpRequest, actor: Actor, row: Robot, data: dict[str, Any], changed: set[str]) -> None:
        given = {name: data[name] for name in self.change_fields if name in changed}
        permissions = chosen(data, changed, row.project)
        if permissions is not None:
            given["permissions"] = permissions
        if given:
            robots.update_robot(actor=actor, robot=row, **given)

    def seen(self, row: Robot) -> dict[str, Any]:
        return {**super().seen(row), "permissions": written(row)}

    def remove(self, actor: Actor, row: Robot) -> None:
        robots.delete_robot(actor=actor, robot=row)

    # Its secret

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._secret_page(request, obj, getattr(request, MADE))

    def renew_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        robot = self.found(request, pk)
        try:
            secret = robots.refresh_robot_secret(actor=actor_of(request.user), robot=robot)
        except DomainError as error:
            self.tell(request, error)
            return self.to("change", robot.pk)
        return self._secret_page(request, robot, secret)

    def _secret_page(self, request: HttpRequest, robot: Robot, secret: str) -> HttpResponse:
        here = here_of(request)
        here.model, here.project = self.model, robot.project
        here.way = self.way_to(here, robot)
        name = robot.account_name
        return self.secret_page(
            request, "console/robot/secret.html", {"title": name, "account": name, "secret": secret}
        )


show_in_projects(Tab("robots", _("Robot accounts"), ("robot", "list"), 30, Robot))
