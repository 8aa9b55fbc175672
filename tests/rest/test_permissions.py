"""What one may do, as a list (Harbor: ``/users/current/permissions``), and what robots can be given."""

from __future__ import annotations

import pytest

from accounts import permissions
from accounts.models import Project
from accounts.permissions import Role
from accounts.selectors.rights import may
from tests.rest.conftest import Answer, Caller
from tests.support.people import People

SCOPE = "/users/current/permissions?scope=/project/{}&relative=true"


def pairs(answer: Answer) -> set[tuple[str, str]]:
    return {(each["resource"], each["action"]) for each in answer.expect(200).json}


def agrees(caller: Caller, project: Project | None, listed: set[tuple[str, str]]) -> None:
    """The list is what :func:`may` would say to each of its entries, and to each that is missing."""
    assert caller.person
    known = permissions.PROJECT_GRANTS if project else permissions.SYSTEM_GRANTS | permissions.ROBOT_SYSTEM_GRANTS
    assert listed <= known
    for resource, action in known:
        allowed = may(caller.person.actor, resource, action, project=project)
        assert allowed == ((resource, action) in listed), (resource, action)


@pytest.mark.parametrize("visibility", ["private", "public"])
@pytest.mark.parametrize("role", list(Role))
def test_members(people: People, role: Role, visibility: str) -> None:
    project = people.new_project(visibility=visibility)
    member = Caller(people.new_user(project=project, role=role))
    agrees(member, project, pairs(member.get(SCOPE.format(project.pk))))


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_strangers_and_administrators(people: People, user: Caller, admin: Caller, visibility: str) -> None:
    project = people.new_project(visibility=visibility)
    agrees(user, project, pairs(user.get(SCOPE.format(project.pk))))
    assert pairs(admin.get(SCOPE.format(project.pk))) == permissions.PROJECT_GRANTS


def test_robots(people: People) -> None:
    project, other = people.new_project(), people.new_project()
    given = [("repository", "push"), ("member", "list"), ("project", "read")]
    robot = Caller(people.new_robot(project, permissions=given))
    agrees(robot, project, pairs(robot.get(SCOPE.format(project.pk))))
    assert pairs(robot.get(SCOPE.format(other.pk))) == set()
    everywhere = Caller(people.new_robot(permissions=given))
    agrees(everywhere, other, pairs(everywhere.get(SCOPE.format(other.pk))))


def test_the_system(user: Caller, admin: Caller) -> None:
    assert pairs(user.get("/users/current/permissions")) == set()
    assert pairs(admin.get("/users/current/permissions?scope=/system&relative=true")) == permissions.SYSTEM_GRANTS


def test_a_robot_of_the_system(people: People) -> None:
    given = [("user", "list"), ("catalog", "read")]
    robot = Caller(people.new_system_robot(permissions=given))
    agrees(robot, None, pairs(robot.get("/users/current/permissions")))


def test_names_are_relative_when_asked_for(people: People, admin: Caller) -> None:
    project = people.new_project()
    scope = f"/project/{project.pk}"
    absolute = pairs(admin.get(f"/users/current/permissions?scope={scope}"))
    assert (f"{scope}/repository", "push") in absolute
    assert {(resource.removeprefix(f"{scope}/"), action) for resource, action in absolute} == (
        permissions.PROJECT_GRANTS
    )


@pytest.mark.parametrize("scope", ["x", "/project", "/project/x", "/project/-1", "/project/1/repository", "/user/1"])
def test_scopes_that_are_none(user: Caller, scope: str) -> None:
    user.get(f"/users/current/permissions?scope={scope}").expect(400)


def test_a_project_that_is_not_there(user: Caller) -> None:
    assert pairs(user.get(SCOPE.format(10**9))) == set()


def test_nobody(nobody: Caller) -> None:
    nobody.get("/users/current/permissions").expect(401)
    nobody.get("/permissions").expect(401)


def test_what_robots_can_be_given(people: People, user: Caller, admin: Caller) -> None:
    everything = admin.get("/permissions").expect(200).json
    assert {(each["resource"], each["action"]) for each in everything["system"]} == permissions.ROBOT_SYSTEM_GRANTS
    assert {(each["resource"], each["action"]) for each in everything["project"]} == permissions.ROBOT_PROJECT_GRANTS
    user.get("/permissions").expect(403)
    project = people.new_project()
    Caller(people.new_user(project=project, role=Role.MAINTAINER)).get("/permissions").expect(403)
    answer = Caller(people.new_user(project=project, role=Role.PROJECT_ADMIN)).get("/permissions").expect(200)
    assert answer.json == {"project": everything["project"]}
