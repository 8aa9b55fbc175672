"""Several who change the same things at the same time: the database decides, and nobody waits in a circle."""

from __future__ import annotations

import pytest

from accounts.actors import SYSTEM
from accounts.errors import Conflict
from accounts.models import Member, Project
from accounts.permissions import Role
from accounts.services.groups import set_group_users
from accounts.services.members import add_member, change_member_role
from accounts.services.projects import create_project
from tests.accounts.conftest import group_of, user_named
from tests.support.at_once import at_once
from tests.support.people import unique

pytestmark = pytest.mark.usefixtures("committed")

THREADS = 6


def test_of_many_who_want_a_name_one_gets_it() -> None:
    name = unique("wanted")
    results = at_once(*[lambda: create_project(actor=SYSTEM, name=name)] * THREADS)
    assert sorted(type(result).__name__ for result in results) == ["Conflict"] * (THREADS - 1) + ["Project"]
    assert Project.objects.filter(name=name).count() == 1


def test_of_many_who_add_a_member_one_does() -> None:
    project, user = create_project(actor=SYSTEM, name=unique("team")), user_named(unique("user"))
    results = at_once(*[lambda: add_member(actor=SYSTEM, project=project, role=Role.GUEST, user=user)] * THREADS)
    assert sum(isinstance(result, Conflict) for result in results) == THREADS - 1
    assert Member.objects.filter(project=project).count() == 1
    user.refresh_from_db()
    assert user.rights_version == 2


def test_changes_that_touch_the_same_users_do_not_block_each_other_for_good() -> None:
    users = [user_named(unique("user")) for _ in range(8)]
    project = create_project(actor=SYSTEM, name=unique("team"))
    groups = [group_of(unique("group"), *users[shift:], *users[:shift]) for shift in range(THREADS // 2)]
    members = [add_member(actor=SYSTEM, project=project, role=Role.GUEST, group=group) for group in groups]
    for _ in range(5):
        results = at_once(
            *[lambda member=member: change_member_role(actor=SYSTEM, member=member, role=2) for member in members],
            *[lambda group=group: set_group_users(actor=SYSTEM, group=group, users=users[1:]) for group in groups],
        )
        assert not [result for result in results if isinstance(result, Exception)]
        at_once(
            *[lambda member=member: change_member_role(actor=SYSTEM, member=member, role=3) for member in members],
            *[lambda group=group: set_group_users(actor=SYSTEM, group=group, users=users) for group in groups],
        )
    versions = {type(user).objects.get(pk=user.pk).rights_version for user in users[1:]}
    # One for each group joined, one for each role given, and one for each of the ten changes of each role.
    assert versions == {1 + 3 + 3 + 3 * 10}
