"""Users."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import update_session_auth_hash
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.console.service_room import ServiceForm, ServiceRoom
from accounts.models import User
from accounts.passwords import HarborRule
from accounts.services import users


def password_field(label: Any, *, required: bool, help_text: Any = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, required=required, strip=False, widget=widget, help_text=help_text)


class AddUserForm(ServiceForm):
    password = password_field(_("Password"), required=True, help_text=HarborRule().get_help_text)


class ChangeUserForm(ServiceForm):
    new_password = password_field(_("New password"), required=False, help_text=_("Leave it empty to keep the old one."))
    old_password = password_field(_("Old password"), required=False, help_text=_("Only to change your own password."))


@admin.register(User)
class UserAdmin(ServiceRoom):
    list_display = ("username", "email", "realname", "is_sysadmin", "is_active", "last_login", "creation_time")
    list_filter = ("is_sysadmin", "is_active")
    search_fields = ("username", "email", "realname")
    ordering = ("username",)
    add_fields = ("username", "email", "realname", "comment", "password", "must_change_password", "is_sysadmin")
    change_fields = ("email", "realname", "comment", "is_sysadmin", "is_active", "new_password", "old_password")
    fixed_fields = ("username",)

    def visible(self, actor: Actor) -> QuerySet[User]:
        """Without those that were deleted, whose rows the record needs."""
        return User.objects.visible_to(actor) if actor.is_sysadmin else User.objects.none()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> type[Any]:
        options["form"] = AddUserForm if obj is None else ChangeUserForm
        return super().get_form(request, obj, change, **options)

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> User:
        return users.create_user(actor=actor, **{name: data[name] for name in self.add_fields})

    def change(self, request: HttpRequest, actor: Actor, row: User, data: dict[str, Any], changed: set[str]) -> None:
        profile = {name: data[name] or "" for name in ("email", "realname", "comment") if name in changed}
        if profile:
            users.update_user(actor=actor, user=row, **profile)
        if "is_sysadmin" in changed:
            users.set_sysadmin(actor=actor, user=row, is_sysadmin=data["is_sysadmin"])
        if "is_active" in changed:
            users.set_active(actor=actor, user=row, active=data["is_active"])
        if data["new_password"]:
            user = users.set_password(
                actor=actor, user=row, new_password=data["new_password"], old_password=data["old_password"]
            )
            if request.user == user:
                update_session_auth_hash(request, user)

    def hold(self, pk: int) -> None:
        users.hold_with_sysadmins(pk)

    def remove(self, actor: Actor, row: User) -> None:
        users.delete_user(actor=actor, user=row)
