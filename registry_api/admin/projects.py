"""The room of a project: its summary, its settings, and a tab for each kind of thing that it holds."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, actor_of
from accounts.configuration.present import configured
from accounts.console.here import here_of
from accounts.console.project_tabs import Tab, show_in_projects, tabs
from accounts.console.service_room import ServiceForm, ServiceRoom
from accounts.console.sizes import SizeField
from accounts.models import Project, Visibility
from accounts.permissions import Role, roles_allow
from accounts.services import projects
from registry_api.admin.summary import summary_of
from registry_api.console.shown import usage_shown
from registry_api.selectors.projects import repository_counts, roles_by_project
from registry_api.selectors.usage import with_usage

VISIBILITY_HELP = _("Images of a public project can be pulled by everybody, also without signing in.")


class ProjectForm(ServiceForm):
    visibility = forms.ChoiceField(
        label=_("Visibility"),
        choices=Visibility.choices,
        widget=forms.RadioSelect,
        initial=Visibility.PRIVATE,
        help_text=VISIBILITY_HELP,
    )


class LimitedProjectForm(ProjectForm):
    """For who may set quotas."""

    storage_limit = SizeField(label=_("Storage limit"))


@admin.register(Project)
class ProjectRoom(ServiceRoom):
    """Who may create projects is configured; the storage limit is the system administrators' to set."""

    resource = "self"
    project_path = ""
    form = ProjectForm
    list_display = (
        "name",
        "visibility_shown",
        "role_shown",
        "repository_count",
        "usage_shown",
        "owner",
        "creation_time",
    )
    list_filter = ("visibility",)
    search_fields = ("name",)
    search_help_text = _("Part of a name")
    ordering = ("name",)
    add_fields = ("name", "visibility", "storage_limit")
    change_fields = ("visibility", "storage_limit")
    fixed_fields = ("name", "owner", "creation_time")
    actions = None

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        lists = [
            path(f"<int:pk>/{tab.slug}/", view(partial(self.tab_view, tab)), name=f"accounts_project_{tab.slug}")
            for tab in tabs()
            if not tab.page
        ]
        settings = path("<int:pk>/configuration/", view(self.settings_view), name="accounts_project_configuration")
        return [*lists, settings, *super().get_urls()]

    def visible(self, actor: Actor) -> QuerySet[Project]:
        return Project.objects.visible_to(actor)

    def project_of(self, row: Any) -> Project | None:
        found: Project = row
        return found

    def has_add_permission(self, request: HttpRequest) -> bool:
        actor = actor_of(request.user)
        return actor.is_sysadmin or configured("project_creation_restriction") != projects.ADMINS_ONLY

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_usage(super().get_queryset(request))

    def fill(self, request: HttpRequest, rows: list[Any]) -> None:
        ids = [row.pk for row in rows]
        counts, roles = repository_counts(ids), roles_by_project(actor_of(request.user), ids)
        for row in rows:
            row.repository_count, row.roles = counts.get(row.pk, 0), roles[row.pk]

    @admin.display(description=_("visibility"), ordering="visibility")
    def visibility_shown(self, row: Project) -> str:
        kind = "good" if row.is_public else "plain"
        return format_html('<span class="badge {}">{}</span>', kind, row.get_visibility_display())

    @admin.display(description=_("my role"))
    def role_shown(self, row: Any) -> str:
        return str(Role(row.roles[0]).label) if row.roles else "-"

    @admin.display(description=_("repositories"))
    def repository_count(self, row: Any) -> int:
        return int(row.repository_count)

    @admin.display(description=_("storage"), ordering="used")
    def usage_shown(self, row: Any) -> str:
        """Of others' public projects it is nobody's business."""
        return usage_shown(row) if roles_allow(row.roles, "quota", "read") else "-"

    # Its pages

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The summary."""
        project = self.get_object(request, object_id)
        if project is None:
            return self.gone(request, object_id)
        context = {"title": project.name, "project": project, **summary_of(here_of(request), project)}
        return self.page(request, "console/project/summary.html", context)

    def settings_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.enter_project(request, pk, ("configuration", "read"))
        return super().change_view(request, str(pk), extra_context={"title": _("Configuration")})

    def tab_view(self, tab: Tab, request: HttpRequest, pk: int) -> HttpResponse:
        project, here = self.enter_project(request, pk, tab.needs), here_of(request)
        assert tab.model is not None  # noqa: S101 - only tabs with one have this address
        room: Any = self.admin_site._registry[tab.model]
        here.model, here.limit = tab.model, {room.project_path: project.pk}
        return cast(HttpResponse, room.changelist_view(request, {"title": tab.title}))

    # Its form

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> type[Any]:
        options["form"] = LimitedProjectForm if actor_of(request.user).is_sysadmin else ProjectForm
        return super().get_form(request, obj, change, **options)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = super().get_fields(request, obj)
        if actor_of(request.user).is_sysadmin:
            return fields
        return tuple(name for name in fields if name != "storage_limit")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"storage_limit": configured("storage_per_project")}

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> Project:
        return projects.create_project(
            actor=actor, name=data["name"], visibility=data["visibility"], storage_limit=data.get("storage_limit")
        )

    def change(self, request: HttpRequest, actor: Actor, row: Project, data: dict[str, Any], changed: set[str]) -> None:
        given = {name: data[name] for name in self.change_fields if name in changed}
        if given:
            projects.update_project(actor=actor, project=row, **given)

    def remove(self, actor: Actor, row: Project) -> None:
        projects.delete_project(actor=actor, project=row)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self.to("change", obj.pk)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self.to("configuration", obj.pk)


for tab in (
    Tab("summary", _("Summary"), ("self", "read"), 0, page="accounts_project_change"),
    Tab("configuration", _("Configuration"), ("configuration", "read"), 100, page="accounts_project_configuration"),
):
    show_in_projects(tab)
