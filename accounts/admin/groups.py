"""Groups."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.console.service_room import ServiceRoom
from accounts.models import UserGroup
from accounts.services import groups


@admin.register(UserGroup)
class UserGroupAdmin(ServiceRoom):
    list_display = ("name", "group_type", "ldap_group_dn", "user_count", "creation_time")
    list_filter = ("group_type",)
    search_fields = ("name", "ldap_group_dn")
    ordering = ("name",)
    autocomplete_fields = ("users",)
    add_fields = ("name", "group_type", "ldap_group_dn", "users")
    change_fields = ("name", "users")
    fixed_fields = ("group_type", "ldap_group_dn")

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserGroup]:
        return super().get_queryset(request).annotate(user_count=Count("users"))

    @admin.display(description=_("users"), ordering="user_count")
    def user_count(self, row: Any) -> int:
        return row.user_count

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> UserGroup:
        group = groups.create_group(
            actor=actor, name=data["name"], group_type=data["group_type"], ldap_group_dn=data["ldap_group_dn"]
        )
        return groups.set_group_users(actor=actor, group=group, users=data["users"])

    def change(
        self, request: HttpRequest, actor: Actor, row: UserGroup, data: dict[str, Any], changed: set[str]
    ) -> None:
        if "name" in changed:
            groups.rename_group(actor=actor, group=row, name=data["name"])
        if "users" in changed:
            groups.set_group_users(actor=actor, group=row, users=data["users"])

    def remove(self, actor: Actor, row: UserGroup) -> None:
        groups.delete_group(actor=actor, group=row)
