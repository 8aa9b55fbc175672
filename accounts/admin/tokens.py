"""Personal tokens: who has which, until when, and whether it is in use. Their users make them over the REST API."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.actors import actor_of
from accounts.console.room import ReadOnlyRoom
from accounts.models import PersonalToken
from accounts.services.personal_tokens import revoke_personal_token


@admin.register(PersonalToken)
class PersonalTokenAdmin(ReadOnlyRoom):
    list_display = ("name", "user", "description", "expires_at", "last_used_at", "creation_time")
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "description")
    ordering = ("user__username", "name")
    fields = ("name", "user", "description", "permissions", "expires_at", "last_used_at", "creation_time")
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PersonalToken]:
        return PersonalToken.objects.visible_to(actor_of(request.user)).order_by(*self.ordering)

    @admin.display(description=_("permissions"))
    def permissions(self, row: PersonalToken) -> str:
        return ", ".join(sorted(str(permission) for permission in row.permissions.select_related("project")))

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[PersonalToken]) -> None:
        """All of them or none."""
        actor = actor_of(request.user)
        with transaction.atomic():
            tokens = list(queryset)
            for token in tokens:
                revoke_personal_token(actor=actor, token=token)
        words = ngettext("%d token was revoked.", "%d tokens were revoked.", len(tokens))
        self.message_user(request, words % len(tokens), messages.SUCCESS)
