"""A robot never gets more than its maker has."""

from __future__ import annotations

import pytest

from accounts import permissions
from accounts.actors import Actor, actor_of
from accounts.errors import Forbidden
from accounts.models import Project
from accounts.permissions import Role
from accounts.robots import Access
from accounts.services.members import add_member
from accounts.services.robots import create_robot, update_robot
from tests.accounts.conftest import People, robot_with, user_named, user_of

MAKER = (("robot", "create"), ("repository", "push"), ("tag", "list"))


def make(
    actor: Actor, *pairs: tuple[str, str], project: Project | None = None, namespace: str = "", patterns: tuple = ()
) -> None:
    where = project.name if project else namespace
    kind = "system" if where == "/" else "project"
    accesses = [Access(kind, where, resource, action) for resource, action in pairs]
    create_robot(actor=actor, name="child", project=project, permissions=accesses, repository_patterns=patterns)


def test_a_project_admin_gives_everything_in_the_project(people: People) -> None:
    make(people.alice, *permissions.ROBOT_PROJECT_GRANTS, project=people.project)


def test_a_project_admin_gives_nothing_elsewhere(people: People) -> None:
    other = Project.objects.create(name="other")
    with pytest.raises(Forbidden):
        make(people.alice, ("repository", "pull"), project=other)
    for namespace in ("team", "*", "/"):
        with pytest.raises(Forbidden):
            make(people.alice, ("catalog", "read") if namespace == "/" else ("repository", "pull"), namespace=namespace)


def test_an_update_is_held_to_the_same(people: People) -> None:
    """A developer who was made to look after robots by a custom role would still give only what a developer has."""
    robot = robot_with(*MAKER, project=people.project)
    developer = user_named("carol")
    add_member(actor=people.alice, project=people.project, role=Role.DEVELOPER, user=developer)
    with pytest.raises(Forbidden):
        update_robot(
            actor=actor_of(user_of(actor_of(developer))),
            robot=robot,
            permissions=[Access("project", "team", "repository", "delete")],
        )


class TestRobotsThatMakeRobots:
    def test_equal_or_narrower_is_allowed(self, people: People) -> None:
        maker = actor_of(robot_with(*MAKER, project=people.project))
        make(maker, *MAKER, ("repository", "pull"), project=people.project)

    @pytest.mark.parametrize("wider", [("repository", "delete"), ("tag", "create"), ("member", "create")])
    def test_wider_is_refused(self, people: People, wider: tuple[str, str]) -> None:
        maker = actor_of(robot_with(*MAKER, project=people.project))
        with pytest.raises(Forbidden):
            make(maker, ("repository", "pull"), wider, project=people.project)

    def test_without_the_permission_none_is_made(self, people: People) -> None:
        maker = actor_of(robot_with(("repository", "push"), project=people.project))
        with pytest.raises(Forbidden):
            make(maker, ("repository", "pull"), project=people.project)

    def test_one_project_does_not_reach_another(self, people: People) -> None:
        other = Project.objects.create(name="other")
        maker = actor_of(robot_with(*MAKER, project=people.project))
        with pytest.raises(Forbidden):
            make(maker, ("repository", "pull"), project=other)
        with pytest.raises(Forbidden):
            make(maker, ("repository", "pull"), namespace="team")

    def test_every_project_covers_each_one_but_not_the_other_way_round(self, people: People) -> None:
        everywhere = robot_with(("robot", "create"), ("repository", "pull"), namespace="*", name="everywhere")
        make(actor_of(everywhere), ("repository", "pull"), project=people.project)
        create_robot(
            actor=people.root,
            name="maker",
            permissions=[Access("system", "/", "robot", "create"), Access("project", "team", "repository", "pull")],
        )
        from accounts.models import Robot

        maker = actor_of(Robot.objects.get(name="maker"))
        make(maker, ("repository", "pull"), namespace="team")
        with pytest.raises(Forbidden):
            make(maker, ("repository", "pull"), namespace="*")

    def test_an_unknown_project_reads_like_one_out_of_reach(self, people: People) -> None:
        Project.objects.create(name="other")
        create_robot(
            actor=people.root,
            name="maker",
            permissions=[Access("system", "/", "robot", "create"), Access("project", "team", "repository", "pull")],
        )
        from accounts.models import Robot

        maker = actor_of(Robot.objects.get(name="maker"))
        words = set()
        for namespace in ("other", "nowhere"):
            with pytest.raises(Forbidden) as refused:
                make(maker, ("repository", "pull"), namespace=namespace)
            words.add(refused.value.message)
        assert len(words) == 1

    @pytest.mark.parametrize(
        ("patterns", "allowed"),
        [
            (("team/app-*",), True),
            (("team/app-web",), True),
            (("team/app-web", "team/app-*"), True),
            ((), False),
            (("**",), False),
            (("team/*",), False),
            (("team/lib",), False),
            (("team/app-*", "team/lib"), False),
            (("team/app-w*",), False),  # narrower in fact, but patterns are not compared with each other
        ],
    )
    def test_patterns_are_handed_on(self, people: People, patterns: tuple[str, ...], allowed: bool) -> None:
        maker = actor_of(robot_with(*MAKER, project=people.project, patterns=("team/app-*",)))
        if allowed:
            make(maker, ("repository", "pull"), project=people.project, patterns=patterns)
        else:
            with pytest.raises(Forbidden):
                make(maker, ("repository", "pull"), project=people.project, patterns=patterns)
