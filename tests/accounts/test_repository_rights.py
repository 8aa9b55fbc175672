"""Pull, push and delete on repositories: for users, robots, strangers, and in how many queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actors import ANONYMOUS, SYSTEM, Actor, actor_of
from accounts.models import Project, Robot, UserGroup
from accounts.permissions import Role
from accounts.selectors.rights import RepositoryRights, catalog_allowed, may, repository_rights, robot_patterns
from accounts.services.members import add_member, remove_member
from accounts.services.robots import set_robot_disabled
from tests.accounts.conftest import PULL_AND_PUSH, People, group_of, robot_with, user_named, user_of

ALL = {"pull", "push", "delete"}


def actions(actor: Actor, name: str) -> set[str]:
    rights = repository_rights(actor, [name]).get(name)
    return set(rights.actions) if rights else set()


def test_it_works(people: People) -> None:
    rights = repository_rights(people.alice, ["team/app", "team/a/b/c"])
    assert rights["team/app"] == RepositoryRights(people.project.pk, 1, frozenset(ALL))
    assert rights["team/a/b/c"] == rights["team/app"]


def test_each_actor_gets_what_the_role_gives(people: People) -> None:
    assert actions(people.root, "team/app") == ALL
    assert actions(SYSTEM, "team/app") == ALL
    assert actions(people.bob, "team/app") == {"pull"}
    assert actions(people.mallory, "team/app") == set()
    assert actions(ANONYMOUS, "team/app") == set()


def test_everybody_may_pull_from_a_public_project(people: People) -> None:
    for actor in (people.alice, people.mallory, ANONYMOUS):
        assert actions(actor, "library/app") == {"pull"}
    assert actions(people.root, "library/app") == ALL


def test_unknown_projects_and_forbidden_ones_are_both_absent(people: People) -> None:
    assert repository_rights(people.mallory, ["team/app", "nowhere/app", "team", "nowhere", ""]) == {}
    assert repository_rights(people.root, ["nowhere/app"]) == {}
    assert repository_rights(people.root, []) == {}


def test_direct_roles_and_those_of_groups_add_up(people: People) -> None:
    user = user_named("carol")
    carol = actor_of(user)
    add_member(actor=people.alice, project=people.project, role=Role.GUEST, user=user)
    assert actions(carol, "team/app") == {"pull"}
    group = group_of("devs", user)
    member = add_member(actor=people.alice, project=people.project, role=Role.DEVELOPER, group=group)
    assert actions(carol, "team/app") == {"pull", "push"}
    keepers = group_of("keepers", user)
    add_member(actor=people.alice, project=people.project, role=Role.MAINTAINER, group=keepers)
    assert actions(carol, "team/app") == ALL
    remove_member(actor=people.alice, member=member)
    keepers.users.clear()
    assert actions(carol, "team/app") == {"pull"}


def test_a_group_gives_its_role_only_to_those_in_it(people: People) -> None:
    group = group_of("devs", user_named("carol"))
    add_member(actor=people.alice, project=people.project, role=Role.DEVELOPER, group=group)
    assert actions(people.mallory, "team/app") == set()
    UserGroup.objects.create(name="others").users.add(user_of(people.mallory))
    assert actions(people.mallory, "team/app") == set()


def test_a_user_and_a_robot_with_the_same_id_are_not_confused(people: People) -> None:
    row = Robot.objects.create(pk=people.mallory.id, level="project", project=people.project, name="twin")
    row.permissions.create(kind="project", project=people.project, resource="repository", action="push")
    assert actions(actor_of(row), "team/app") == {"pull", "push"}
    assert actions(people.mallory, "team/app") == set()


class TestRobots:
    def test_push_brings_pull(self, people: People) -> None:
        robot = actor_of(robot_with(("repository", "push"), project=people.project))
        assert actions(robot, "team/app") == {"pull", "push"}
        assert may(robot, "repository", "pull", project=people.project)

    def test_delete_comes_alone(self, people: People) -> None:
        robot = actor_of(robot_with(("repository", "delete"), project=people.project))
        assert actions(robot, "team/app") == {"delete"}

    def test_artifact_permissions_are_not_those_of_the_registry(self, people: People) -> None:
        robot = actor_of(robot_with(("artifact", "delete"), project=people.project))
        assert actions(robot, "team/app") == set()

    def test_a_robot_of_one_project_has_nothing_in_another(self, people: People) -> None:
        robot = actor_of(robot_with(*PULL_AND_PUSH, project=people.project))
        Project.objects.create(name="other")
        assert actions(robot, "other/app") == set()
        assert actions(robot, "library/app") == {"pull"}

    def test_a_system_robot_named_for_one_project(self, people: People) -> None:
        robot = actor_of(robot_with(*PULL_AND_PUSH, namespace="team"))
        Project.objects.create(name="other")
        assert actions(robot, "team/app") == {"pull", "push"}
        assert actions(robot, "other/app") == set()

    def test_a_system_robot_for_every_project(self, people: People) -> None:
        robot = actor_of(robot_with(("repository", "pull"), namespace="*"))
        Project.objects.create(name="made-later")
        assert actions(robot, "team/app") == actions(robot, "made-later/app") == {"pull"}

    def test_a_project_made_again_under_the_name_is_another_one(self, people: People) -> None:
        robot = actor_of(robot_with(*PULL_AND_PUSH, namespace="team"))
        people.project.delete()
        Project.objects.create(name="team")
        assert actions(robot, "team/app") == set()

    def test_patterns_narrow(self, people: People) -> None:
        robot = actor_of(robot_with(*PULL_AND_PUSH, project=people.project, patterns=("team/app-*", "team/x/**")))
        assert actions(robot, "team/app-web") == actions(robot, "team/x/y/z") == {"pull", "push"}
        assert actions(robot, "team/lib") == actions(robot, "team/app-web/deep") == set()
        assert robot_patterns(robot) == ["team/app-*", "team/x/**"]

    def test_patterns_do_not_take_away_what_everybody_has(self, people: People) -> None:
        robot = actor_of(robot_with(*PULL_AND_PUSH, namespace="*", patterns=("*/app",)))
        assert actions(robot, "library/app") == {"pull", "push"}
        assert actions(robot, "library/lib") == {"pull"}

    def test_patterns_narrow_every_permission_inside_repositories(self, people: People) -> None:
        given = (("artifact", "delete"), ("artifact", "list"), ("tag", "create"), ("label", "create"))
        robot = actor_of(robot_with(*given, project=people.project, patterns=("team/app",)))
        assert may(robot, "artifact", "delete", project=people.project, repository="team/app")
        assert not may(robot, "artifact", "delete", project=people.project, repository="team/lib")
        assert not may(robot, "tag", "create", project=people.project)
        assert may(robot, "artifact", "list", project=people.project)
        assert may(robot, "label", "create", project=people.project)

    def test_a_disabled_robot_has_what_everybody_has(self, people: People) -> None:
        row = robot_with(*PULL_AND_PUSH, project=people.project)
        set_robot_disabled(actor=people.alice, robot=row, disabled=True)
        assert actions(actor_of(row), "team/app") == set()
        assert actions(actor_of(row), "library/app") == {"pull"}
        assert not may(actor_of(row), "repository", "pull", project=people.project)

    def test_an_expired_robot_has_what_everybody_has(self, people: People) -> None:
        row = robot_with(*PULL_AND_PUSH, project=people.project)
        Robot.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        assert actions(actor_of(row), "team/app") == set()
        assert not may(actor_of(row), "repository", "pull", project=people.project)

    def test_a_deleted_robot_has_what_everybody_has(self, people: People) -> None:
        row = robot_with(*PULL_AND_PUSH, project=people.project)
        actor = actor_of(row)
        row.delete()
        assert actions(actor, "team/app") == set()
        assert robot_patterns(actor) == []


@pytest.mark.parametrize("who", ["root", "alice", "robot", "anonymous"])
@pytest.mark.parametrize("count", [1, 60])
def test_it_takes_one_query_however_many_names(
    people: People, django_assert_num_queries: Callable, who: str, count: int
) -> None:
    Project.objects.bulk_create(Project(name=f"p{number}") for number in range(60))
    robot = robot_with(*PULL_AND_PUSH, namespace="*", patterns=("**",))
    actor = {"root": people.root, "alice": people.alice, "robot": actor_of(robot), "anonymous": ANONYMOUS}[who]
    with django_assert_num_queries(1):
        repository_rights(actor, [f"p{number}/app" for number in range(count)])


@pytest.mark.parametrize("who", ["root", "alice", "robot", "anonymous"])
def test_may_takes_one_query_at_most(people: People, django_assert_max_num_queries: Callable, who: str) -> None:
    robot = robot_with(*PULL_AND_PUSH, project=people.project)
    actor = {"root": people.root, "alice": people.alice, "robot": actor_of(robot), "anonymous": ANONYMOUS}[who]
    with django_assert_max_num_queries(1):
        may(actor, "repository", "push", project=people.project)
    with django_assert_max_num_queries(1):
        may(actor, "catalog", "read")


def test_the_catalog_is_for_system_administrators_and_robots_with_the_permission(people: People) -> None:
    assert catalog_allowed(people.root)
    assert catalog_allowed(actor_of(robot_with(("catalog", "read"), namespace="/")))
    assert not catalog_allowed(actor_of(robot_with(*PULL_AND_PUSH, namespace="*", name="other")))
    assert not catalog_allowed(people.alice)
    assert not catalog_allowed(ANONYMOUS)
