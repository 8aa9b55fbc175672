"""Personal tokens, which Harbor does not have: one's own, and for system administrators those of everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actors import Actor
from accounts.errors import Forbidden, NotFound
from accounts.models import PersonalToken, User
from accounts.rest.base import RestView
from accounts.rest.fields import Text, Whole
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.operations import FILTER, SORT, Operation, creation, listing
from accounts.rest.parameters import path_number
from accounts.rest.robots import (
    RobotPermissionBody,
    RobotPermissionShown,
    accesses,
    expires_at,
    show_permissions,
)
from accounts.services.personal_tokens import create_personal_token, revoke_personal_token

FIELDS = {
    "id": Field("pk", number),
    "name": Field("name"),
    "description": Field("description"),
    "creation_time": Field("creation_time", time),
    "expires_at": Field("expires_at", time),
    "last_used_at": Field("last_used_at", time),
}


class PersonalTokenCreation(serializers.Serializer[Any]):
    name = Text()
    description = Text(required=False, default="")
    duration = Whole(required=False, default=30)
    permissions = RobotPermissionBody(many=True)


class PersonalTokenShown(TypedDict):
    """`duration` is in days and `expires_at` in seconds since 1970; -1 stands for never."""

    id: int
    name: str
    description: str
    duration: int
    expires_at: int
    expired: bool
    last_used_at: datetime | None
    creation_time: datetime
    permissions: list[RobotPermissionShown]


class PersonalTokenCreatedShown(PersonalTokenShown):
    """The token itself is told this once."""

    token: str


def show(token: PersonalToken) -> PersonalTokenShown:
    return {
        "id": token.pk,
        "name": token.name,
        "description": token.description,
        "duration": token.duration,
        "expires_at": expires_at(token),
        "expired": token.is_expired(),
        "last_used_at": token.last_used_at,
        "creation_time": token.creation_time,
        "permissions": show_permissions(token),
    }


class TokenView(RestView):
    """What both addresses of tokens share."""

    tag = "personal token"

    def in_person(self) -> Actor:
        """Raises Unauthenticated; Forbidden for whoever came with a token, which manages no tokens, and for robots."""
        actor = self.require_login()
        if not actor.is_user:
            raise Forbidden("personal tokens are managed by people, in person")
        return actor

    def tokens(self, user_id: str) -> QuerySet[PersonalToken]:
        """Those of the user, or of whoever asks where ``user_id`` is empty.

        Raises Unauthenticated, Forbidden, Unprocessable, NotFound.
        """
        actor = self.in_person()
        wanted = path_number("user_id", user_id) if user_id else actor.id
        if wanted != actor.id:
            if not actor.is_sysadmin:
                raise Forbidden(f"{actor.name} may not see the tokens of others")
            if not User.objects.existing().filter(pk=wanted).exists():
                raise NotFound(f"there is no user {wanted}")
        rows = PersonalToken.objects.visible_to(actor).filter(user_id=wanted)
        return rows.prefetch_related("permissions__project")


class TokensView(TokenView):
    operations = {"GET": listing("listPersonalTokensOfUser", PersonalTokenShown, FILTER, SORT)}

    def get(self, request: Request, user_id: str = "") -> Response:
        rows = filtered(self.tokens(user_id), request.query_params.get("q", ""), FIELDS)
        return self.page_of(ordered(rows, request.query_params.get("sort", ""), FIELDS, ("name",)), show)


class OwnTokensView(TokensView):
    takes = {"POST": PersonalTokenCreation}
    operations = {
        "GET": listing("listPersonalTokens", PersonalTokenShown, FILTER, SORT),
        "POST": creation("createPersonalToken", PersonalTokenCreatedShown),
    }

    def post(self, request: Request) -> Response:
        actor, given = self.in_person(), self.body()
        token, text = create_personal_token(
            actor=actor,
            name=given["name"],
            description=given["description"],
            duration=given["duration"],
            permissions=accesses(given["permissions"]),
        )
        response = self.created(token.pk)
        shown: PersonalTokenCreatedShown = {**show(token), "token": text}
        response.data = shown
        return response


class OneTokenView(TokenView):
    """One's own."""

    operations = {
        "GET": Operation("getPersonalToken", PersonalTokenShown),
        "DELETE": Operation("revokePersonalToken"),
    }

    def get(self, request: Request, token_id: str, user_id: str = "") -> Response:
        return Response(show(self.found(token_id, user_id)))

    def delete(self, request: Request, token_id: str, user_id: str = "") -> Response:
        revoke_personal_token(actor=self.actor, token=self.found(token_id, user_id))
        return Response()

    def found(self, token_id: str, user_id: str) -> PersonalToken:
        """Raises NotFound, and what :meth:`tokens` does."""
        rows, number = self.tokens(user_id), path_number("token_id", token_id)
        token: PersonalToken | None = rows.filter(pk=number).first()
        if token is None:
            raise NotFound(f"there is no token {number}")
        return token


class TokenOfUserView(OneTokenView):
    """Anybody's, for system administrators."""

    operations = {
        "GET": Operation("getPersonalTokenOfUser", PersonalTokenShown),
        "DELETE": Operation("revokePersonalTokenOfUser"),
    }
