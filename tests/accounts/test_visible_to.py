"""Which rows an actor finds at all."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actors import ANONYMOUS, Actor, actor_of
from accounts.models import Member, Project, Robot, User, UserGroup
from accounts.permissions import Role
from accounts.selectors.logs import logs_visible_to
from accounts.services.members import add_member
from accounts.services.robots import set_robot_disabled
from tests.accounts.conftest import PULL_AND_PUSH, People, group_of, robot_with, user_named, user_of


def names(rows: Any) -> list[str]:
    return sorted(str(row) for row in rows)


def projects(actor: Actor) -> list[str]:
    return names(Project.objects.visible_to(actor))


@pytest.fixture
def others(people: People) -> People:
    Project.objects.create(name="secret")
    return people


def test_projects(others: People) -> None:
    assert projects(others.root) == ["library", "secret", "team"]
    assert projects(others.alice) == projects(others.bob) == ["library", "team"]
    assert projects(others.mallory) == projects(ANONYMOUS) == ["library"]


def test_projects_through_groups_are_found_once(others: People) -> None:
    for name in ("one", "two"):
        group = group_of(name, user_of(others.bob))
        add_member(actor=others.root, project=others.project, role=Role.DEVELOPER, group=group)
    assert projects(others.bob) == ["library", "team"]


def test_projects_of_robots(others: People) -> None:
    own = robot_with(*PULL_AND_PUSH, project=others.project)
    named = robot_with(("project", "read"), namespace="secret", name="named")
    everywhere = robot_with(("repository", "pull"), namespace="*", name="everywhere")
    system = robot_with(("catalog", "read"), namespace="/", name="system")
    assert projects(actor_of(own)) == ["library", "team"]
    assert projects(actor_of(named)) == ["library", "secret"]
    assert projects(actor_of(everywhere)) == ["library", "secret", "team"]
    assert projects(actor_of(system)) == ["library"]
    set_robot_disabled(actor=others.root, robot=everywhere, disabled=True)
    assert projects(actor_of(everywhere)) == ["library"]


@pytest.mark.parametrize(
    "resource, action", [("member", "list"), ("self", "update"), ("repository", "push"), ("log", "list")]
)
def test_allowing_follows_the_role(others: People, resource: str, action: str) -> None:
    def allowing(actor: Actor) -> list[str]:
        return names(Project.objects.allowing(actor, resource, action))

    assert allowing(others.alice) == ["team"]
    assert allowing(others.bob) == (["team"] if resource == "member" else [])
    assert allowing(others.mallory) == allowing(ANONYMOUS) == []
    assert allowing(others.root) == ["library", "secret", "team"]


def test_allowing_knows_what_everybody_may_and_that_push_brings_pull(others: People) -> None:
    robot = actor_of(robot_with(("repository", "push"), project=others.project))
    assert names(Project.objects.allowing(robot, "repository", "pull")) == ["library", "team"]
    assert names(Project.objects.allowing(ANONYMOUS, "repository", "pull")) == ["library"]


def test_members_are_seen_by_members_but_not_by_limited_guests(people: People) -> None:
    user = user_named("carol")
    add_member(actor=people.alice, project=people.project, role=Role.LIMITED_GUEST, user=user)
    assert Member.objects.visible_to(people.bob).count() == 3
    assert not Member.objects.visible_to(actor_of(user)).exists()
    assert not Member.objects.visible_to(people.mallory).exists()


def test_robots_are_seen_in_their_projects_and_system_robots_by_administrators(people: People) -> None:
    robot_with(*PULL_AND_PUSH, project=people.project)
    robot_with(("catalog", "read"), namespace="/")
    assert names(Robot.objects.visible_to(people.root)) == ["robot$ci", "robot$team+ci"]
    assert names(Robot.objects.visible_to(people.bob)) == ["robot$team+ci"]
    assert names(Robot.objects.visible_to(people.mallory)) == []


def test_users_and_groups(people: People) -> None:
    UserGroup.objects.create(name="devs")
    assert names(User.objects.visible_to(people.root)) == ["alice", "bob", "mallory", "root"]
    assert names(User.objects.visible_to(people.bob)) == ["bob"]
    assert names(User.objects.visible_to(ANONYMOUS)) == []
    assert names(UserGroup.objects.visible_to(people.mallory)) == ["devs"]
    assert names(UserGroup.objects.visible_to(ANONYMOUS)) == []


def test_the_record_is_read_by_administrators_each_in_their_projects(people: People) -> None:
    assert logs_visible_to(people.root).filter(operation="create_user").exists()
    assert set(logs_visible_to(people.alice).values_list("project_name", flat=True)) == {"team"}
    assert not logs_visible_to(people.bob).exists()
    assert not logs_visible_to(people.mallory).exists()
    assert not logs_visible_to(ANONYMOUS).exists()
