"""Immutability rules in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.actors import actor_of
from registry_api.models import ImmutableRule
from registry_api.services.immutable_rules import delete_immutable_rule, save_immutable_rule


@admin.register(ImmutableRule)
class ImmutableRuleAdmin(ModelAdmin):
    list_display = ["project", "repository_match", "repository_pattern", "tag_match", "tag_pattern", "disabled"]
    list_select_related = ["project"]
    list_filter = ["disabled"]
    search_fields = ["project__name"]
    actions = None

    def save_model(self, request: HttpRequest, obj: ImmutableRule, form: Any, change: bool) -> None:
        save_immutable_rule(actor=actor_of(request.user), rule=obj)

    def delete_model(self, request: HttpRequest, obj: ImmutableRule) -> None:
        delete_immutable_rule(actor=actor_of(request.user), rule=obj)
