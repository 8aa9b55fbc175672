"""Members of projects."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.actors import ANONYMOUS, SYSTEM, actor_of
from accounts.errors import BadRequest, Conflict, Forbidden, NotFound
from accounts.models import Member, Project
from accounts.permissions import Role
from accounts.selectors.rights import roles_in
from accounts.services.members import add_member, change_member_role, remove_member
from accounts.services.projects import delete_project
from tests.accounts.conftest import People, group_of, last_record, robot_with, user_named, user_of


def bobs_row(people: People) -> Member:
    return Member.objects.get(project=people.project, user_id=people.bob.id)


def test_it_works(people: People) -> None:
    user = user_named("carol")
    member = add_member(actor=people.alice, project=people.project, role=2, user=user)
    assert roles_in(actor_of(user), people.project) == {Role.DEVELOPER}
    assert (last_record().operation, last_record().resource) == ("create_member", "carol")
    change_member_role(actor=people.alice, member=member, role=4)
    assert roles_in(actor_of(user), people.project) == {Role.MAINTAINER}
    detail = {"kind": "user", "before": {"role": "developer"}, "after": {"role": "maintainer"}}
    assert (last_record().operation, last_record().detail) == ("update_member", detail)
    remove_member(actor=people.alice, member=member)
    assert roles_in(actor_of(user), people.project) == frozenset()
    assert (last_record().operation, last_record().project_name) == ("delete_member", "team")


def test_a_group(people: People) -> None:
    user = user_named("carol")
    add_member(actor=people.alice, project=people.project, role=Role.GUEST, group=group_of("devs", user))
    assert roles_in(actor_of(user), people.project) == {Role.GUEST}
    assert last_record().detail["kind"] == "group"


@pytest.mark.parametrize("who", ["bob", "mallory", "anonymous"])
def test_only_project_admins_may(people: People, who: str) -> None:
    actor = ANONYMOUS if who == "anonymous" else getattr(people, who)
    attempts: list[Any] = [
        lambda: add_member(actor=actor, project=people.project, role=1, user=user_of(people.mallory)),
        lambda: change_member_role(actor=actor, member=bobs_row(people), role=1),
        lambda: remove_member(actor=actor, member=bobs_row(people)),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()
    assert bobs_row(people).role == Role.GUEST


def test_an_admin_of_one_project_changes_nothing_in_another(people: People) -> None:
    other = Project.objects.create(name="other")
    theirs = add_member(actor=SYSTEM, project=other, role=1, user=user_of(people.mallory))
    for attempt in (
        lambda: change_member_role(actor=people.alice, member=theirs, role=3),
        lambda: remove_member(actor=people.alice, member=theirs),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_a_robot_with_the_permission_may(people: People) -> None:
    robot = actor_of(robot_with(("member", "create"), project=people.project))
    add_member(actor=robot, project=people.project, role=3, user=user_named("carol"))
    assert last_record().actor_kind == "robot"
    with pytest.raises(Forbidden):
        remove_member(actor=robot, member=bobs_row(people))


@pytest.mark.parametrize("role", [0, 6, -1, "1", None, True])
def test_a_role_that_does_not_exist_is_refused(people: People, role: Any) -> None:
    with pytest.raises(BadRequest):
        add_member(actor=people.alice, project=people.project, role=role, user=user_of(people.mallory))
    with pytest.raises(BadRequest):
        change_member_role(actor=people.alice, member=bobs_row(people), role=role)


def test_a_member_is_a_user_or_a_group(people: People) -> None:
    both = {"user": user_of(people.mallory), "group": group_of("devs")}
    for given in (both, {}):
        with pytest.raises(BadRequest):
            add_member(actor=people.alice, project=people.project, role=1, **given)
        with pytest.raises(IntegrityError), transaction.atomic():
            Member.objects.create(project=people.project, role=1, **given)


def test_a_second_row_for_the_same_is_a_conflict(people: People) -> None:
    group = group_of("devs")
    add_member(actor=people.alice, project=people.project, role=1, group=group)
    for given in ({"user": user_of(people.bob)}, {"group": group}):
        with pytest.raises(Conflict):
            add_member(actor=people.alice, project=people.project, role=2, **given)


def test_a_vanished_member_is_not_found(people: People) -> None:
    row = bobs_row(people)
    stale = bobs_row(people)
    remove_member(actor=people.alice, member=row)
    for attempt in (
        lambda: change_member_role(actor=people.alice, member=stale, role=1),
        lambda: remove_member(actor=people.alice, member=stale),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_a_project_that_is_gone_has_no_members(people: People) -> None:
    row = bobs_row(people)
    delete_project(actor=people.alice, project=people.project)
    with pytest.raises(Forbidden):
        remove_member(actor=people.alice, member=row)
