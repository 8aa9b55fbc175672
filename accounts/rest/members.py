"""Harbor's tag ``member``: who has which role in a project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, cast

from django.db.models import F, Q
from django.db.models.functions import Coalesce
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest, NotFound
from accounts.models import Member, Project, User, UserGroup
from accounts.permissions import Role
from accounts.rest.fields import Text, Whole
from accounts.rest.operations import Operation, Parameter, creation, listing
from accounts.rest.parameters import path_number
from accounts.rest.projects import ProjectView
from accounts.services.members import add_member, change_member_role, remove_member

ROLE_NAMES = {
    Role.PROJECT_ADMIN: "projectAdmin",
    Role.MAINTAINER: "maintainer",
    Role.DEVELOPER: "developer",
    Role.GUEST: "guest",
    Role.LIMITED_GUEST: "limitedGuest",
}


class MemberUser(serializers.Serializer[Any]):
    user_id = Whole(required=False)
    username = Text(required=False)


class MemberGroup(serializers.Serializer[Any]):
    id = Whole(required=False)
    group_name = Text(required=False)
    group_type = Whole(required=False)
    ldap_group_dn = Text(required=False)


class MemberBody(serializers.Serializer[Any]):
    role_id = Whole()
    member_user = MemberUser(required=False, allow_null=True)
    member_group = MemberGroup(required=False, allow_null=True)


class MemberRole(serializers.Serializer[Any]):
    role_id = Whole()


class MemberShown(TypedDict):
    """`entity_type` is `u` for a user and `g` for a group, whose id `entity_id` is."""

    id: int
    project_id: int
    entity_name: str
    role_name: str
    role_id: int
    entity_id: int
    entity_type: str


def show(member: Member) -> MemberShown:
    return {
        "id": member.pk,
        "project_id": member.project_id,
        "entity_name": member.name,
        "role_name": ROLE_NAMES[Role(member.role)],
        "role_id": member.role,
        "entity_id": cast(int, member.group_id or member.user_id),
        "entity_type": "g" if member.group_id else "u",
    }


class MembersView(ProjectView):
    tag = "member"
    takes = {"POST": MemberBody}
    operations = {
        "GET": listing("listProjectMembers", MemberShown, Parameter("entityname", "A part of the name.")),
        "POST": creation("createProjectMember"),
    }

    def get(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project(project_name_or_id, "member", "list")
        rows = Member.objects.filter(project=project).select_related("user", "group")
        rows = rows.annotate(entity=Coalesce(F("user__username"), F("group__name"))).order_by("entity", "pk")
        if wanted := request.query_params.get("entityname"):
            rows = rows.filter(entity__icontains=wanted)
        return self.page_of(rows, show)

    def post(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project(project_name_or_id, "member", "create")
        given = self.body()
        user, group = wanted_user(given.get("member_user")), wanted_group(given.get("member_group"))
        member = add_member(actor=self.actor, project=project, role=given["role_id"], user=user, group=group)
        return self.created(member.pk)


class MemberView(ProjectView):
    tag = "member"
    takes = {"PUT": MemberRole}
    operations = {
        "GET": Operation("getProjectMember", MemberShown),
        "PUT": Operation("updateProjectMember"),
        "DELETE": Operation("deleteProjectMember"),
    }

    def get(self, request: Request, project_name_or_id: str, mid: str) -> Response:
        return Response(show(self.found(project_name_or_id, mid, "read")))

    def put(self, request: Request, project_name_or_id: str, mid: str) -> Response:
        member = self.found(project_name_or_id, mid, "update")
        change_member_role(actor=self.actor, member=member, role=self.body()["role_id"])
        return Response()

    def delete(self, request: Request, project_name_or_id: str, mid: str) -> Response:
        remove_member(actor=self.actor, member=self.found(project_name_or_id, mid, "delete"))
        return Response()

    def found(self, project_name_or_id: str, mid: str, action: str) -> Member:
        """A member of this very project. Raises what :meth:`project` raises, and NotFound."""
        number = path_number("mid", mid)
        project: Project = self.project(project_name_or_id, "member", action)
        member = Member.objects.filter(project=project, pk=number).select_related("user", "group").first()
        if member is None:
            raise NotFound(f"there is no member {number} in this project")
        return member


def wanted_user(given: Mapping[str, Any] | None) -> User | None:
    """By id or name. Raises BadRequest for one that says neither, NotFound."""
    if not given:
        return None
    user_id, name = given.get("user_id"), given.get("username")
    if not (user_id or name):
        raise BadRequest("a member who is a user has a user_id or a username", field="member_user")
    user: User | None = User.objects.existing().filter(Q(pk=user_id) if user_id else Q(username=name)).first()
    if user is None:
        raise NotFound("there is no such user")
    return user


def wanted_group(given: Mapping[str, Any] | None) -> UserGroup | None:
    """By id, place in the directory, or name and type. Raises BadRequest for one that says none of them, NotFound."""
    if not given:
        return None
    group_id, place, name = given.get("id"), given.get("ldap_group_dn"), given.get("group_name")
    if group_id:
        rows = UserGroup.objects.filter(pk=group_id)
    elif place:
        rows = UserGroup.objects.filter(ldap_group_dn=place)
    elif name:
        rows = UserGroup.objects.filter(name=name, group_type=given.get("group_type", 0))
    else:
        raise BadRequest("a member who is a group has an id, an ldap_group_dn or a group_name", field="member_group")
    group = rows.first()
    if group is None:
        raise NotFound("there is no such user group")
    return group
