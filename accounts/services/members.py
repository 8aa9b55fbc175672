"""Roles of users and groups in projects."""

from __future__ import annotations

from typing import Any

import audit
from accounts.actors import Actor
from accounts.errors import BadRequest
from accounts.models import Member, Project, User, UserGroup
from accounts.permissions import Role
from accounts.selectors.rights import require
from accounts.services.rights_versions import group_changed, users_changed
from accounts.services.rows import locked, writing


def add_member(
    *, actor: Actor, project: Project, role: int, user: User | None = None, group: UserGroup | None = None
) -> Member:
    """Gives a user or a group (exactly one) a role. Raises Forbidden, BadRequest, Conflict (is a member already)."""
    require(actor, "member", "create", project=project)
    if (user is None) == (group is None):
        raise BadRequest("a member is either a user or a group", field="user")
    member = Member(project=project, user=user, group=group, role=_role(role))
    with writing("this user or group is a member already", field="user" if user else "group"):
        if user is not None:
            locked(User.objects.existing(), user.pk)
        member.save(force_insert=True)
        _rights_changed(member)
        _record(actor, "create_member", member, {"after": {"role": _role_name(member.role)}})
    return member


def change_member_role(*, actor: Actor, member: Member, role: int) -> Member:
    """Raises Forbidden, BadRequest, NotFound."""
    require(actor, "member", "update", project=member.project_id)
    role = _role(role)
    with writing():
        member = locked(_members(), member.pk)
        before = member.role
        if before != role:
            member.role = role
            member.save(update_fields=["role", "update_time"])
            _rights_changed(member)
            detail = {"before": {"role": _role_name(before)}, "after": {"role": _role_name(role)}}
            _record(actor, "update_member", member, detail)
    return member


def remove_member(*, actor: Actor, member: Member) -> None:
    """Raises Forbidden, NotFound."""
    require(actor, "member", "delete", project=member.project_id)
    with writing():
        member = locked(_members(), member.pk)
        _rights_changed(member)
        _record(actor, "delete_member", member, {"before": {"role": _role_name(member.role)}})
        member.delete()


def _members() -> Any:
    return Member.objects.select_related("project", "user", "group")


def _role(role: int) -> int:
    if isinstance(role, bool) or role not in Role.values:
        raise BadRequest(f"a role is one of {', '.join(map(str, Role.values))}", field="role")
    return int(role)


def _role_name(role: int) -> str:
    return Role(role).name.lower()


def _rights_changed(member: Member) -> None:
    if member.group is not None:
        group_changed(member.group)
    else:
        users_changed([member.user_id])  # type: ignore[list-item]


def _record(actor: Actor, operation: str, member: Member, detail: dict[str, Any]) -> None:
    audit.record(
        actor=actor,
        operation=operation,
        resource_type="member",
        resource=member.name,
        project=member.project,
        detail={"kind": "group" if member.group_id else "user", **detail},
    )
