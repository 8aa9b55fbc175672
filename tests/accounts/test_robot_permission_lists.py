"""What robots may be given: Harbor's two lists."""

from __future__ import annotations

import pytest

from accounts import permissions
from accounts.actors import SYSTEM, actor_of
from accounts.errors import BadRequest
from accounts.models import Project
from accounts.selectors.rights import may
from tests.accounts.conftest import People, robot_with

ON_SYSTEM = """
    audit-log:list
    preheat-instance:read
    preheat-instance:create
    preheat-instance:delete
    preheat-instance:list
    preheat-instance:update
    project:list
    project:create
    replication-policy:read
    replication-policy:create
    replication-policy:delete
    replication-policy:list
    replication-policy:update
    replication:read
    replication:create
    replication:list
    replication-adapter:list
    registry:read
    registry:create
    registry:delete
    registry:list
    registry:update
    scan-all:read
    scan-all:update
    scan-all:stop
    scan-all:create
    system-volumes:read
    garbage-collection:read
    garbage-collection:create
    garbage-collection:list
    garbage-collection:update
    garbage-collection:stop
    purge-audit:read
    purge-audit:create
    purge-audit:list
    purge-audit:update
    purge-audit:stop
    jobservice-monitor:list
    jobservice-monitor:stop
    scanner:read
    scanner:create
    scanner:delete
    scanner:list
    scanner:update
    label:read
    label:create
    label:delete
    label:update
    security-hub:read
    security-hub:list
    catalog:read
    quota:read
    quota:list
    quota:update
    robot:create
    robot:read
    robot:list
    robot:delete
    user:create
    user:read
    user:update
    user:list
    user:delete
    ldap-user:create
    ldap-user:list
    user-group:create
    user-group:read
    user-group:update
    user-group:list
    user-group:delete
"""
IN_PROJECT = """
    log:list
    project:read
    project:delete
    project:update
    metadata:read
    metadata:create
    metadata:delete
    metadata:list
    metadata:update
    repository:read
    repository:update
    repository:delete
    repository:list
    repository:pull
    repository:push
    artifact:read
    artifact:create
    artifact:list
    artifact:delete
    scan:create
    scan:read
    scan:stop
    sbom:create
    sbom:stop
    sbom:read
    tag:create
    tag:list
    tag:delete
    accessory:list
    artifact-addition:read
    artifact-label:create
    artifact-label:delete
    scanner:create
    scanner:read
    preheat-policy:read
    preheat-policy:create
    preheat-policy:delete
    preheat-policy:list
    preheat-policy:update
    immutable-tag:create
    immutable-tag:delete
    immutable-tag:list
    immutable-tag:update
    notification-policy:read
    notification-policy:create
    notification-policy:delete
    notification-policy:list
    notification-policy:update
    tag-retention:read
    tag-retention:create
    tag-retention:delete
    tag-retention:list
    tag-retention:update
    label:read
    label:create
    label:delete
    label:list
    label:update
    quota:read
    robot:create
    robot:read
    robot:list
    robot:delete
    export-cve:create
    export-cve:read
    member:create
    member:read
    member:update
    member:list
    member:delete
"""


def pairs(text: str) -> set[tuple[str, str]]:
    return {(resource, action) for resource, _, action in (line.partition(":") for line in text.split())}


def test_system_robots_may_be_given_harbors_70_permissions() -> None:
    assert pairs(ON_SYSTEM) == permissions.ROBOT_SYSTEM_GRANTS
    assert len(pairs(ON_SYSTEM)) == 70


def test_robots_of_projects_may_be_given_harbors_70_permissions() -> None:
    assert pairs(IN_PROJECT) == permissions.ROBOT_PROJECT_GRANTS
    assert len(pairs(IN_PROJECT)) == 70


def test_a_robot_with_everything_may_do_everything_on_the_lists(people: People) -> None:
    of_project = actor_of(robot_with(*pairs(IN_PROJECT), project=people.project))
    of_system = actor_of(robot_with(*pairs(ON_SYSTEM), namespace="/", name="all"))
    assert all(may(of_project, *pair, project=people.project) for pair in pairs(IN_PROJECT))
    assert all(may(of_system, *pair) for pair in pairs(ON_SYSTEM))
    assert not [pair for pair in pairs(ON_SYSTEM) if may(of_project, *pair)]
    assert not [pair for pair in pairs(IN_PROJECT) if may(of_system, *pair, project=people.project)]


@pytest.mark.parametrize("given", sorted(pairs(IN_PROJECT))[::7])
def test_a_robot_may_do_what_it_was_given_and_nothing_else(people: People, given: tuple[str, str]) -> None:
    robot = actor_of(robot_with(given, project=people.project))
    allowed = {pair for pair in pairs(IN_PROJECT) if may(robot, *pair, project=people.project)}
    assert allowed == ({given, ("repository", "pull")} if given == ("repository", "push") else {given})
    other = Project.objects.create(name="other")
    assert not [pair for pair in pairs(IN_PROJECT) if may(robot, *pair, project=other)]


def test_the_project_itself_is_called_self_by_roles_and_project_by_robots(people: People) -> None:
    robot = actor_of(robot_with(("project", "update"), project=people.project))
    assert may(robot, "self", "update", project=people.project)
    assert not may(robot, "self", "delete", project=people.project)


@pytest.mark.parametrize(
    "given", [("configuration", "read"), ("robot", "update"), ("tag-retention", "operate"), ("spoon", "read"), ("", "")]
)
def test_what_is_on_no_list_is_refused(people: People, given: tuple[str, str]) -> None:
    with pytest.raises(BadRequest):
        robot_with(given, project=people.project, actor=SYSTEM)
    with pytest.raises(BadRequest):
        robot_with(given, namespace="/", actor=SYSTEM)
