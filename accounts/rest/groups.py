"""Harbor's tag ``usergroup``: groups of users."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotFound
from accounts.models import GroupType, UserGroup
from accounts.rest.base import RestView
from accounts.rest.fields import Text, Whole
from accounts.rest.operations import Operation, Parameter, creation, listing
from accounts.rest.parameters import path_number, required_query
from accounts.services.groups import create_group, delete_group, rename_group


class UserGroupBody(serializers.Serializer[Any]):
    group_name = Text()
    group_type = Whole(required=False, default=GroupType.LOCAL)
    ldap_group_dn = Text(required=False, default="")


class UserGroupName(serializers.Serializer[Any]):
    """What can be changed; the type and the place in a directory are for good (Harbor)."""

    group_name = Text()


class UserGroupFoundShown(TypedDict):
    id: int
    group_name: str
    group_type: int


class UserGroupShown(UserGroupFoundShown):
    ldap_group_dn: NotRequired[str]


def show(group: UserGroup) -> UserGroupShown:
    shown: UserGroupShown = {**show_briefly(group)}
    if group.ldap_group_dn:
        shown["ldap_group_dn"] = group.ldap_group_dn
    return shown


def show_briefly(group: UserGroup) -> UserGroupFoundShown:
    return {"id": group.pk, "group_name": group.name, "group_type": group.group_type}


class GroupsView(RestView):
    tag = "usergroup"
    takes = {"POST": UserGroupBody}
    operations = {
        "GET": listing(
            "listUserGroups",
            UserGroupShown,
            Parameter("group_name", "A part of the name."),
            Parameter("ldap_group_dn", "The place in a directory."),
        ),
        "POST": creation("createUserGroup"),
    }

    def get(self, request: Request) -> Response:
        self.require("user-group", "list")
        rows = UserGroup.objects.visible_to(self.actor).order_by("name", "pk")
        if wanted := request.query_params.get("group_name"):
            rows = rows.filter(name__icontains=wanted)
        if place := request.query_params.get("ldap_group_dn"):
            rows = rows.filter(ldap_group_dn=place)
        return self.page_of(rows, show)

    def post(self, request: Request) -> Response:
        self.require("user-group", "create")
        given = self.body()
        group = create_group(
            actor=self.actor,
            name=given["group_name"],
            group_type=given["group_type"],
            ldap_group_dn=given["ldap_group_dn"],
        )
        return self.created(group.pk)


class GroupSearchView(RestView):
    """Open to everybody who is signed in: members are added by the names of groups (Harbor)."""

    tag = "usergroup"
    operations = {
        "GET": listing(
            "searchUserGroups", UserGroupFoundShown, Parameter("groupname", "A part of the name.", required=True)
        )
    }

    def get(self, request: Request) -> Response:
        self.require_login()
        wanted = required_query(request, "groupname")
        rows = UserGroup.objects.visible_to(self.actor).filter(name__icontains=wanted)
        return self.page_of(rows.order_by("name", "pk"), show_briefly)


class GroupView(RestView):
    tag = "usergroup"
    takes = {"PUT": UserGroupName}
    operations = {
        "GET": Operation("getUserGroup", UserGroupShown),
        "PUT": Operation("updateUserGroup"),
        "DELETE": Operation("deleteUserGroup"),
    }

    def get(self, request: Request, group_id: str) -> Response:
        return Response(show(self.found(group_id, "read")))

    def put(self, request: Request, group_id: str) -> Response:
        group = self.found(group_id, "update")
        rename_group(actor=self.actor, group=group, name=self.body()["group_name"])
        return Response()

    def delete(self, request: Request, group_id: str) -> Response:
        delete_group(actor=self.actor, group=self.found(group_id, "delete"))
        return Response()

    def found(self, group_id: str, action: str) -> UserGroup:
        """Raises Unauthenticated, Forbidden, NotFound."""
        number = path_number("group_id", group_id)
        self.require("user-group", action)
        group: UserGroup | None = UserGroup.objects.visible_to(self.actor).filter(pk=number).first()
        if group is None:
            raise NotFound(f"there is no user group {number}")
        return group
