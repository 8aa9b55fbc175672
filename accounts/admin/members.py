"""Members of projects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.console.project_tabs import Tab, show_in_projects
from accounts.console.service_room import ServiceForm, ServiceRoom
from accounts.errors import BadRequest
from accounts.models import Member, User, UserGroup
from accounts.services import members


class MemberForm(ServiceForm):
    """Whom to add is typed by name: not everybody who may add members may see the list of users."""

    told_at: ClassVar[Mapping[str, str]] = {"user": "who", "group": "who"}

    kind = forms.ChoiceField(
        label=_("Kind"), choices=(("user", _("user")), ("group", _("group"))), widget=forms.RadioSelect, initial="user"
    )
    who = forms.CharField(
        label=_("Name"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "known-names", "data-suggest": "kind"}),
        help_text=_("Of a user, or of a group."),
    )


@admin.register(Member)
class MemberAdmin(ServiceRoom):
    resource = "member"
    list_display = ("name", "kind", "project", "role", "creation_time")
    list_filter = ("role",)
    list_select_related = ("project", "user", "group")
    search_fields = ("project__name", "user__username", "group__name")
    ordering = ("project__name", "id")
    autocomplete_fields = ("project",)
    add_fields = ("project", "kind", "who", "role")
    change_fields = ("role",)
    fixed_fields = ("project", "user", "group")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        return super().get_queryset(request).select_related("project", "user", "group")

    @admin.display(description=_("kind"))
    def kind(self, row: Member) -> Any:
        return _("group") if row.group_id else _("user")

    @admin.display(description=_("name"), ordering=Coalesce("user__username", "group__name"))
    def name(self, row: Member) -> str:
        return row.name

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> type[Any]:
        options["form"] = ServiceForm if obj else MemberForm
        return super().get_form(request, obj, change, **options)

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> Member:
        user, group = found_named(data["kind"], data["who"].strip())
        return members.add_member(actor=actor, project=data["project"], user=user, group=group, role=data["role"])

    def change(self, request: HttpRequest, actor: Actor, row: Member, data: dict[str, Any], changed: set[str]) -> None:
        if "role" in changed:
            members.change_member_role(actor=actor, member=row, role=data["role"])

    def remove(self, actor: Actor, row: Member) -> None:
        members.remove_member(actor=actor, member=row)


def found_named(kind: str, name: str) -> tuple[User | None, UserGroup | None]:
    """Raises BadRequest for a name that nobody has."""
    if kind == "group":
        group = UserGroup.objects.filter(name=name).first()
        if group is None:
            raise BadRequest(gettext("there is no such group"), field="who")
        return None, group
    user = User.objects.existing().filter(username=name).first()
    if user is None:
        raise BadRequest(gettext("there is no such user"), field="who")
    return user, None


show_in_projects(Tab("members", _("Members"), ("member", "list"), 20, Member))
