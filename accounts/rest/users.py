"""Harbor's tag ``user``: accounts of people."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actors import Kind
from accounts.errors import BadRequest, NotFound, Precondition
from accounts.models import User
from accounts.rest.base import RestView
from accounts.rest.fields import Flag, Text
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.operations import FILTER, SORT, Operation, Parameter, creation, listing
from accounts.rest.parameters import flag, path_number, required_query
from accounts.selectors.permissions import permissions_of
from accounts.selectors.rights import may_register
from accounts.services.users import create_user, delete_user, set_password, set_sysadmin, update_user

FIELDS = {
    "user_id": Field("pk", number),
    "username": Field("username"),
    "email": Field("email"),
    "realname": Field("realname"),
    "comment": Field("comment"),
    "sysadmin_flag": Field("is_sysadmin", flag),
    "creation_time": Field("creation_time", time),
    "update_time": Field("update_time", time),
}


class UserCreation(serializers.Serializer[Any]):
    username = Text()
    email = Text(required=False)
    password = Text(style={"input_type": "password"})
    realname = Text(required=False)
    comment = Text(required=False)


class UserProfile(serializers.Serializer[Any]):
    email = Text(required=False)
    realname = Text(required=False)
    comment = Text(required=False)


class PasswordChange(serializers.Serializer[Any]):
    old_password = Text(required=False, style={"input_type": "password"})
    new_password = Text(style={"input_type": "password"})


class SysAdminFlag(serializers.Serializer[Any]):
    sysadmin_flag = Flag()


class CliSecret(serializers.Serializer[Any]):
    secret = Text(required=False, style={"input_type": "password"})


class UserShown(TypedDict):
    user_id: int
    username: str
    email: str
    realname: str
    comment: str
    sysadmin_flag: bool
    admin_role_in_auth: bool
    creation_time: datetime
    update_time: datetime


class UserFoundShown(TypedDict):
    user_id: int
    username: str


class PermissionShown(TypedDict):
    resource: str
    action: str


def show(user: User) -> UserShown:
    return {
        "user_id": user.pk,
        "username": user.username,
        "email": user.email or "",
        "realname": user.realname,
        "comment": user.comment,
        "sysadmin_flag": user.is_sysadmin,
        "admin_role_in_auth": False,
        "creation_time": user.creation_time,
        "update_time": user.update_time,
    }


def show_briefly(user: User) -> UserFoundShown:
    return {"user_id": user.pk, "username": user.username}


class UsersView(RestView):
    tag = "user"
    takes = {"POST": UserCreation}
    operations = {
        "GET": listing(
            "listUsers",
            UserShown,
            FILTER,
            SORT,
            Parameter("username", "A part of the name."),
            Parameter("email", "A part of the address."),
        ),
        "POST": creation("createUser"),
    }

    def get(self, request: Request) -> Response:
        self.require("user", "list")
        rows = filtered(_named(request, User.objects.visible_to(self.actor)), request.query_params.get("q", ""), FIELDS)
        return self.page_of(ordered(rows, request.query_params.get("sort", ""), FIELDS, ("username",)), show)

    def post(self, request: Request) -> Response:
        if not may_register(self.actor):
            self.require("user", "create")
        return self.created(create_user(actor=self.actor, **self.body()).pk)


class UserSearchView(RestView):
    """Open to everybody who is signed in: members are added by their names (Harbor)."""

    tag = "user"
    operations = {
        "GET": listing("searchUsers", UserFoundShown, Parameter("username", "A part of the name.", required=True))
    }

    def get(self, request: Request) -> Response:
        self.require_login()
        wanted = required_query(request, "username")
        rows = User.objects.existing().filter(username__icontains=wanted).order_by("username")
        return self.page_of(rows, show_briefly)


class CurrentUserView(RestView):
    tag = "user"
    operations = {"GET": Operation("getCurrentUserInfo", UserShown, refuses=(412,))}

    def get(self, request: Request) -> Response:
        # Whoever comes with a personal token is told whose it is.
        if self.require_login().kind is not Kind.USER:
            raise Precondition("only a user has a user account")
        return Response(show(User.objects.get(pk=self.actor.id)))


class CurrentPermissionsView(RestView):
    """What the caller may do, in a project (``scope=/project/1``) or on the system (``scope=/system``, or none)."""

    tag = "user"
    operations = {
        "GET": Operation(
            "getCurrentUserPermissions",
            list[PermissionShown],
            asks=(
                Parameter("scope", "`/system`, or `/project/` and the id of a project."),
                Parameter("relative", "Whether resources are named without the scope.", bool),
            ),
        )
    }

    def get(self, request: Request) -> Response:
        actor = self.require_login()
        scope = request.query_params.get("scope", "").rstrip("/")
        project = _project_of(scope)
        prefix = "" if not scope or flag(request.query_params.get("relative", "false")) else f"{scope}/"
        found = sorted(permissions_of(actor, project))
        shown: list[PermissionShown] = [
            {"resource": f"{prefix}{resource}", "action": action} for resource, action in found
        ]
        return Response(shown)


class UserView(RestView):
    tag = "user"
    takes = {"PUT": UserProfile}
    operations = {
        "GET": Operation("getUser", UserShown),
        "PUT": Operation("updateUserProfile"),
        "DELETE": Operation("deleteUser"),
    }

    def get(self, request: Request, user_id: str) -> Response:
        return Response(show(self.found(user_id, "read")))

    def put(self, request: Request, user_id: str) -> Response:
        update_user(actor=self.actor, user=self.found(user_id, "update"), **self.body())
        return Response()

    def delete(self, request: Request, user_id: str) -> Response:
        delete_user(actor=self.actor, user=self.found(user_id, "delete"))
        return Response()

    def found(self, user_id: str, action: str) -> User:
        """Oneself, or anybody for who has the right to that. Raises Unauthenticated, Forbidden, NotFound."""
        number = path_number("user_id", user_id)
        if not (self.actor.is_user and self.actor.id == number):
            self.require("user", action)
        user: User | None = User.objects.existing().filter(pk=number).first()
        if user is None:
            raise NotFound(f"there is no user {number}")
        return user


class UserSysAdminView(UserView):
    takes = {"PUT": SysAdminFlag}
    operations = {"PUT": Operation("setUserSysAdmin")}
    http_method_names = ["put"]

    def put(self, request: Request, user_id: str) -> Response:
        user = self.found(user_id, "update")
        set_sysadmin(actor=self.actor, user=user, is_sysadmin=self.body()["sysadmin_flag"])
        return Response()


class UserPasswordView(UserView):
    takes = {"PUT": PasswordChange}
    operations = {"PUT": Operation("updateUserPassword")}
    http_method_names = ["put"]

    def put(self, request: Request, user_id: str) -> Response:
        set_password(actor=self.actor, user=self.found(user_id, "update"), **self.body())
        return Response()


class UserCliSecretView(UserView):
    """Of users who sign in through OIDC; there are none yet."""

    takes = {"PUT": CliSecret}
    operations = {"PUT": Operation("setCliSecret")}
    http_method_names = ["put"]

    def put(self, request: Request, user_id: str) -> Response:
        self.found(user_id, "update")
        raise Precondition("a CLI secret is for users who sign in through OIDC")


def _named(request: Request, rows: QuerySet[User]) -> QuerySet[User]:
    """The parameters that are older than ``q``."""
    for name in ("username", "email"):
        if wanted := request.query_params.get(name):
            rows = rows.filter(**{f"{name}__icontains": wanted})
    return rows


def _project_of(scope: str) -> int | None:
    """Raises BadRequest for a scope that is neither a project nor the system."""
    if scope in ("", "/system"):
        return None
    kind, _, name = scope.removeprefix("/").partition("/")
    if kind != "project" or not (name.isascii() and name.isdigit() and len(name) < 19):
        raise BadRequest("the scope is /system, or /project/ and the id of a project", field="scope")
    return int(name)
