"""Members of projects."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.admin.base import ServiceAdmin
from accounts.models import Member
from accounts.services import members


@admin.register(Member)
class MemberAdmin(ServiceAdmin):
    list_display = ("name", "kind", "project", "role", "creation_time")
    list_filter = ("role",)
    list_select_related = ("project", "user", "group")
    search_fields = ("project__name", "user__username", "group__name")
    ordering = ("project__name", "id")
    autocomplete_fields = ("project", "user", "group")
    add_fields = ("project", "user", "group", "role")
    change_fields = ("role",)
    fixed_fields = ("project", "user", "group")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return super().get_queryset(request).select_related("project", "user", "group")

    @admin.display(description=_("kind"))
    def kind(self, row: Member) -> Any:
        return _("group") if row.group_id else _("user")

    @admin.display(description=_("name"))
    def name(self, row: Member) -> str:
        return row.name

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> Member:
        return members.add_member(
            actor=actor, project=data["project"], user=data["user"], group=data["group"], role=data["role"]
        )

    def change(self, request: HttpRequest, actor: Actor, row: Member, data: dict[str, Any], changed: set[str]) -> None:
        if "role" in changed:
            members.change_member_role(actor=actor, member=row, role=data["role"])

    def remove(self, actor: Actor, row: Member) -> None:
        members.remove_member(actor=actor, member=row)
