"""Projects."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.admin.base import ServiceAdmin, ServiceForm
from accounts.models import Project
from accounts.services import projects

LIMIT_HELP = _("In bytes; -1 for no limit.")


class AddProjectForm(ServiceForm):
    storage_limit = forms.IntegerField(
        label=_("storage limit"), required=False, help_text=_("In bytes; -1 for no limit. Empty takes the default.")
    )


class ChangeProjectForm(ServiceForm):
    storage_limit = forms.IntegerField(label=_("storage limit"), help_text=LIMIT_HELP)


@admin.register(Project)
class ProjectAdmin(ServiceAdmin):
    list_display = ("name", "visibility", "owner", "member_count", "limit", "creation_time")
    list_filter = ("visibility",)
    list_select_related = ("owner",)
    search_fields = ("name",)
    ordering = ("name",)
    add_fields = ("name", "visibility", "storage_limit")
    change_fields = ("visibility", "storage_limit")
    fixed_fields = ("name", "owner", "creation_time")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> type[Any]:
        options["form"] = AddProjectForm if obj is None else ChangeProjectForm
        return super().get_form(request, obj, change, **options)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        return super().get_queryset(request).annotate(member_count=Count("members"))

    @admin.display(description=_("members"), ordering="member_count")
    def member_count(self, row: Any) -> int:
        return row.member_count

    @admin.display(description=_("storage limit"), ordering="storage_limit")
    def limit(self, row: Project) -> str:
        return filesizeformat(row.storage_limit) if row.storage_limit >= 0 else "∞"

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> Project:
        return projects.create_project(
            actor=actor, name=data["name"], visibility=data["visibility"], storage_limit=data["storage_limit"]
        )

    def change(self, request: HttpRequest, actor: Actor, row: Project, data: dict[str, Any], changed: set[str]) -> None:
        given = {name: data[name] for name in self.change_fields if name in changed}
        if given:
            projects.update_project(actor=actor, project=row, **given)

    def remove(self, actor: Actor, row: Project) -> None:
        projects.delete_project(actor=actor, project=row)
