"""Groups of users."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actors import SYSTEM, actor_of
from accounts.errors import BadRequest, Conflict, Forbidden, NotFound
from accounts.models import GroupType, UserGroup
from accounts.permissions import Role
from accounts.selectors.rights import roles_in
from accounts.services.groups import (
    add_group_user,
    create_group,
    delete_group,
    remove_group_user,
    rename_group,
    set_group_users,
)
from accounts.services.members import add_member
from accounts.services.users import delete_user
from tests.accounts.conftest import People, group_of, last_record, robot_with, user_named, user_of


def test_it_works(people: People) -> None:
    group = create_group(actor=people.root, name="devs")
    add_member(actor=people.alice, project=people.project, role=Role.DEVELOPER, group=group)
    add_group_user(actor=people.root, group=group, user=user_of(people.mallory))
    assert last_record().detail == {"added": ["mallory"], "removed": []}
    assert roles_in(people.mallory, people.project) == {Role.DEVELOPER}
    remove_group_user(actor=people.root, group=group, user=user_of(people.mallory))
    assert roles_in(people.mallory, people.project) == frozenset()
    rename_group(actor=people.root, group=group, name="developers")
    delete_group(actor=people.root, group=group)
    assert not UserGroup.objects.exists()
    assert last_record().operation == "delete_user_group"


def test_setting_the_users_touches_only_those_who_come_or_go(people: People) -> None:
    stays, goes, comes = (user_named(name) for name in ("stays", "goes", "comes"))
    group = group_of("devs", stays, goes)
    before = user_of(actor_of(stays)).rights_version
    set_group_users(actor=people.root, group=group, users=[stays, comes])
    assert set(group.users.all()) == {stays, comes}
    assert user_of(actor_of(stays)).rights_version == before
    assert last_record().detail == {"added": ["comes"], "removed": ["goes"]}


def test_nothing_to_change_leaves_no_record(people: People) -> None:
    user = user_named("carol")
    group = group_of("devs", user)
    record = last_record()
    add_group_user(actor=people.root, group=group, user=user)
    remove_group_user(actor=people.root, group=group, user=user_of(people.bob))
    set_group_users(actor=people.root, group=group, users=[user])
    rename_group(actor=people.root, group=group, name="devs")
    assert last_record() == record


def test_only_administrators_may(people: People) -> None:
    group = group_of("devs")
    bob = user_of(people.bob)
    attempts: list[Any] = [
        lambda: create_group(actor=people.alice, name="mine"),
        lambda: rename_group(actor=people.alice, group=group, name="mine"),
        lambda: add_group_user(actor=people.bob, group=group, user=bob),
        lambda: remove_group_user(actor=people.bob, group=group, user=bob),
        lambda: set_group_users(actor=people.bob, group=group, users=[bob]),
        lambda: delete_group(actor=people.alice, group=group),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()


def test_a_robot_with_the_permission_may(people: People) -> None:
    robot = actor_of(robot_with(("user-group", "create"), namespace="/"))
    create_group(actor=robot, name="devs")
    with pytest.raises(Forbidden):
        delete_group(actor=robot, group=UserGroup.objects.get())


@pytest.mark.parametrize(
    "given",
    [
        {"name": ""},
        {"name": " devs"},
        {"name": "x" * 256},
        {"name": "a\nb"},
        {"group_type": 4},
        {"group_type": "1"},
        {"group_type": True},
        {"group_type": GroupType.LDAP},
        {"group_type": GroupType.OIDC, "ldap_group_dn": "cn=devs"},
        {"group_type": GroupType.LDAP, "ldap_group_dn": "x" * 513},
    ],
)
def test_bad_input_changes_nothing(people: People, given: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        create_group(actor=people.root, **{"name": "devs", **given})
    assert not UserGroup.objects.exists()


def test_names_are_unique_within_a_type_and_distinguished_names_altogether(people: People) -> None:
    create_group(actor=people.root, name="admins")
    create_group(actor=people.root, name="admins", group_type=GroupType.OIDC)
    create_group(actor=people.root, name="x", group_type=GroupType.LDAP, ldap_group_dn="cn=x,dc=example")
    with pytest.raises(Conflict):
        create_group(actor=people.root, name="admins")
    with pytest.raises(Conflict):
        create_group(actor=people.root, name="y", group_type=GroupType.LDAP, ldap_group_dn="cn=x,dc=example")
    other = create_group(actor=people.root, name="others")
    with pytest.raises(Conflict):
        rename_group(actor=people.root, group=other, name="admins")


def test_a_deleted_user_does_not_come_into_a_group(people: People) -> None:
    group, user = group_of("devs"), user_of(people.bob)
    delete_user(actor=SYSTEM, user=user)
    with pytest.raises(NotFound):
        add_group_user(actor=people.root, group=group, user=user)
    assert not group.users.exists()


def test_a_vanished_group_is_not_found(people: People) -> None:
    group = group_of("devs")
    stale = UserGroup.objects.get()
    delete_group(actor=people.root, group=group)
    for attempt in (
        lambda: rename_group(actor=people.root, group=stale, name="x"),
        lambda: set_group_users(actor=people.root, group=stale, users=[]),
        lambda: delete_group(actor=people.root, group=stale),
    ):
        with pytest.raises(NotFound):
            attempt()
