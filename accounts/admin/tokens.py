"""Personal tokens: everybody's own; for system administrators also who has which, and whether it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor, actor_of
from accounts.admin.grant_form import GrantForm, granted
from accounts.console.filters import ConditionFilter
from accounts.console.service_room import ServiceRoom
from accounts.console.times import moment_shown
from accounts.models import PersonalToken
from accounts.services.granting import FOR_EVER
from accounts.services.personal_tokens import create_personal_token, revoke_personal_token

TEXT = "_token_text"


class TokenForm(GrantForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        longest = settings.PERSONAL_TOKEN_MAX_DAYS
        if "duration" in self.fields:
            words = _("-1: it never expires.") if longest == FOR_EVER else _("Up to %(days)s.") % {"days": longest}
            self.fields["duration"].help_text = words


class StateFilter(ConditionFilter):
    title = _("state")
    parameter_name = "state"
    options: ClassVar[Mapping[str, Any]] = {
        "active": _("active"),
        "expired": _("expired"),
        "endless": _("never expires"),
        "unused": _("never used"),
    }

    def condition(self, chosen: str) -> Q:
        match chosen:
            case "endless":
                return Q(expires_at=None)
            case "unused":
                return Q(last_used_at=None)
        expired = Q(expires_at__lte=timezone.now())
        return expired if chosen == "expired" else ~expired


@admin.register(PersonalToken)
class PersonalTokenAdmin(ServiceRoom):
    """A token never changes: another one is made in its place."""

    form = TokenForm
    list_display = ("name", "user", "description", "expires", "used", "creation_time")
    list_filter = (StateFilter,)
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "description")
    search_help_text = _("Part of a name or description, or a user")
    ordering = ("user__username", "name")
    fixed_fields = ("name", "user", "description", "permissions", "expires_at", "last_used_at", "creation_time")

    def visible(self, actor: Actor) -> QuerySet[PersonalToken]:
        return PersonalToken.objects.visible_to(actor)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None:
            return ((None, {"fields": self.fixed_fields}),)
        return (
            (_("What it is for"), {"fields": ("name", "description", "duration")}),
            (_("What it may do in projects"), {"fields": ("projects", "in_projects")}),
            *(((_("On the whole system"), {"fields": ("on_system",)}),) if self._has_system(request) else ()),
        )

    def _has_system(self, request: HttpRequest) -> bool:
        """A form comes back as it was sent, whatever has become of its sender meanwhile."""
        return actor_of(request.user).is_sysadmin or "on_system" in request.POST

    @admin.display(description=_("expires"), ordering="expires_at")
    def expires(self, row: PersonalToken) -> Any:
        return moment_shown(row.expires_at) if row.expires_at else _("never")

    @admin.display(description=_("last used"), ordering="last_used_at")
    def used(self, row: PersonalToken) -> Any:
        return moment_shown(row.last_used_at)

    @admin.display(description=_("permissions"))
    def permissions(self, row: PersonalToken) -> str:
        return ", ".join(sorted(str(permission) for permission in row.permissions.select_related("project")))

    def create(self, request: HttpRequest, actor: Actor, data: dict[str, Any]) -> PersonalToken:
        token, text = create_personal_token(
            actor=actor,
            name=data["name"],
            description=data["description"],
            duration=data["duration"],
            permissions=granted(data),
        )
        setattr(request, TEXT, text)
        return token

    def change(
        self, request: HttpRequest, actor: Actor, row: PersonalToken, data: dict[str, Any], changed: set[str]
    ) -> None:
        """It has no form for that."""

    def remove(self, actor: Actor, row: PersonalToken) -> None:
        revoke_personal_token(actor=actor, token=row)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        context = {"title": obj.name, "account": obj.user.username, "secret": getattr(request, TEXT)}
        return self.secret_page(request, "console/token/secret.html", context)
