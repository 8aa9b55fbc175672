"""Labels: those of a project, and global ones for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.console.filters import ConditionFilter
from accounts.console.here import here_of
from accounts.console.project_tabs import Tab, show_in_projects
from accounts.console.service_room import ServiceForm, ServiceRoom
from registry_api.console.shown import label_shown
from registry_api.models import Label
from registry_api.services.labels import create_label, delete_label, update_label


class ScopeFilter(ConditionFilter):
    title = _("scope")
    parameter_name = "scope"
    options: ClassVar[Mapping[str, Any]] = {"global": _("global"), "projects": _("of projects")}

    def condition(self, chosen: str) -> Q:
        return Q(project__isnull=chosen == "global")


class LabelForm(ServiceForm):
    color = forms.CharField(
        label=_("Colour"), required=False, widget=forms.TextInput(attrs={"type": "color"}), initial="#2d6c91"
    )


@admin.register(Label)
class LabelRoom(ServiceRoom):
    resource = "label"
    form = LabelForm
    list_display = ("shown", "project", "description", "creation_time")
    list_filter = (ScopeFilter,)
    list_select_related = ("project",)
    search_fields = ("name", "description")
    ordering = ("name", "pk")
    autocomplete_fields = ("project",)
    add_fields = ("project", "name", "description", "color")
    change_fields = ("name", "description", "color")

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Of a project there are its own alone."""
        return () if here_of(request).project else super().get_list_filter(request)

    @admin.display(description=_("label"), ordering="name")
    def shown(self, row: Label) -> str:
        return label_shown(row)

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> Label:
        return create_label(actor=actor, **{name: data[name] for name in self.add_fields})

    def change(self, request: HttpRequest, actor: Actor, row: Label, data: dict[str, Any], changed: set[str]) -> None:
        given = {name: data[name] for name in self.change_fields if name in changed}
        if given:
            update_label(actor=actor, label=row, **given)

    def remove(self, actor: Actor, row: Label) -> None:
        delete_label(actor=actor, label=row)


show_in_projects(Tab("labels", _("Labels"), ("label", "list"), 40, Label))
