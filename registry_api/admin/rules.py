"""Immutability rules in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.console.project_tabs import Tab, show_in_projects
from accounts.console.service_room import ServiceRoom
from registry_api.models import ImmutableRule
from registry_api.services.immutable_rules import delete_immutable_rule, save_immutable_rule


@admin.register(ImmutableRule)
class ImmutableRuleAdmin(ServiceRoom):
    resource = "immutable-tag"
    list_display = ("tag_pattern", "tag_match", "repository_pattern", "repository_match", "project", "disabled")
    list_select_related = ("project",)
    list_filter = ("disabled",)
    search_fields = ("project__name", "tag_pattern", "repository_pattern")
    ordering = ("project__name", "pk")
    autocomplete_fields = ("project",)
    change_fields = ("tag_match", "tag_pattern", "repository_match", "repository_pattern", "disabled")
    add_fields = ("project", *change_fields)
    fixed_fields = ("project",)

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> ImmutableRule:
        return save_immutable_rule(actor=actor, rule=ImmutableRule(**data))

    def change(
        self, request: HttpRequest, actor: Actor, row: ImmutableRule, data: dict[str, Any], changed: set[str]
    ) -> None:
        for name in self.change_fields:
            setattr(row, name, data[name])
        save_immutable_rule(actor=actor, rule=row)

    def remove(self, actor: Actor, row: ImmutableRule) -> None:
        delete_immutable_rule(actor=actor, rule=row)


show_in_projects(Tab("immutability", _("Immutability"), ("immutable-tag", "list"), 55, ImmutableRule))
