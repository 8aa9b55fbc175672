"""Groups of users, and who is in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import audit
from accounts.actors import Actor
from accounts.errors import BadRequest, NotFound
from accounts.models import GroupType, User, UserGroup
from accounts.selectors.rights import require
from accounts.services import names
from accounts.services.rights_versions import users_changed
from accounts.services.rows import locked, writing

TAKEN = "a group with this name, or for this distinguished name, exists already"


def create_group(*, actor: Actor, name: str, group_type: int = GroupType.LOCAL, ldap_group_dn: str = "") -> UserGroup:
    """A new group without users. A directory's group needs its distinguished name, and no other has one.

    Raises Forbidden, BadRequest, Conflict.
    """
    require(actor, "user-group", "create")
    if isinstance(group_type, bool) or group_type not in GroupType.values:
        raise BadRequest(f"a group's type is one of {', '.join(map(str, GroupType.values))}", field="group_type")
    if bool(ldap_group_dn) != (group_type == GroupType.LDAP) or len(ldap_group_dn) > 512:
        raise BadRequest("a group of type LDAP, and no other, has a distinguished name", field="ldap_group_dn")
    group = UserGroup(name=names.group_name(name), group_type=group_type, ldap_group_dn=ldap_group_dn)
    with writing(TAKEN, field="name"):
        group.save(force_insert=True)
        detail = {"after": {"group_type": int(group_type), "ldap_group_dn": ldap_group_dn}}
        _record(actor, "create_user_group", group, detail)
    return group


def rename_group(*, actor: Actor, group: UserGroup, name: str) -> UserGroup:
    """Raises Forbidden, BadRequest, Conflict, NotFound."""
    require(actor, "user-group", "update")
    name = names.group_name(name)
    with writing(TAKEN, field="name"):
        group = locked(UserGroup.objects.all(), group.pk)
        before = group.name
        if before != name:
            group.name = name
            group.save(update_fields=["name", "update_time"])
            _record(actor, "update_user_group", group, {"before": {"name": before}, "after": {"name": name}})
    return group


def set_group_users(*, actor: Actor, group: UserGroup, users: Iterable[User]) -> UserGroup:
    """Exactly these users are in the group from now on; only those who come or go are touched.

    Raises Forbidden, NotFound (the group, or one of the users).
    """
    require(actor, "user-group", "update")
    wanted = {user.pk for user in users}
    with writing():
        group = locked(UserGroup.objects.all(), group.pk)
        present = set(group.users.values_list("pk", flat=True))
        _change_users(actor, group, coming=wanted - present, leaving=present - wanted)
    return group


def add_group_user(*, actor: Actor, group: UserGroup, user: User) -> UserGroup:
    """Raises Forbidden, NotFound."""
    require(actor, "user-group", "update")
    with writing():
        group = locked(UserGroup.objects.all(), group.pk)
        if not group.users.filter(pk=user.pk).exists():
            _change_users(actor, group, coming={user.pk}, leaving=set())
    return group


def remove_group_user(*, actor: Actor, group: UserGroup, user: User) -> UserGroup:
    """Raises Forbidden, NotFound."""
    require(actor, "user-group", "update")
    with writing():
        group = locked(UserGroup.objects.all(), group.pk)
        if group.users.filter(pk=user.pk).exists():
            _change_users(actor, group, coming=set(), leaving={user.pk})
    return group


def delete_group(*, actor: Actor, group: UserGroup) -> None:
    """Removes a group and the roles it had. Raises Forbidden, NotFound."""
    require(actor, "user-group", "delete")
    with writing():
        group = locked(UserGroup.objects.all(), group.pk)
        members = list(group.users.values_list("pk", flat=True))
        _record(actor, "delete_user_group", group, {"before": {"users": len(members)}})
        group.delete()
        users_changed(members)


def _change_users(actor: Actor, group: UserGroup, *, coming: set[int], leaving: set[int]) -> None:
    if not coming and not leaving:
        return
    named = dict(User.objects.filter(pk__in=coming | leaving).values_list("pk", "username"))
    existing = set(User.objects.existing().filter(pk__in=coming).values_list("pk", flat=True))
    if coming - existing:
        raise NotFound("one of these users does not exist any more")
    group.users.add(*coming)
    group.users.remove(*leaving)
    users_changed(coming | leaving)
    detail = {"added": sorted(named[pk] for pk in coming), "removed": sorted(named[pk] for pk in leaving)}
    _record(actor, "update_user_group", group, detail)


def _record(actor: Actor, operation: str, group: UserGroup, detail: dict[str, Any]) -> None:
    audit.record(actor=actor, operation=operation, resource_type="user_group", resource=group.name, detail=detail)
