"""Which repositories a robot reaches, over the REST API: Portolan's own addition to Harbor's robots."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actors import ANONYMOUS
from accounts.models import Project, Robot
from accounts.permissions import Role
from tests.rest.conftest import Caller
from tests.rest.pushing import push_random
from tests.support.people import People, Person, unique


def body(project: Project, **more: Any) -> dict[str, Any]:
    access = [{"resource": "repository", "action": action} for action in ("pull", "push")]
    permissions = [{"kind": "project", "namespace": project.name, "access": access}]
    return {"name": unique("robot"), "level": "project", "duration": 30, "permissions": permissions, **more}


def test_they_narrow_what_it_reaches(owner: Caller, project: Project) -> None:
    patterns = [f"{project.name}/app-*"]
    created = owner.post("/robots", body(project, repository_patterns=patterns)).expect(201).json
    path = f"/robots/{created['id']}/repository-patterns"
    assert owner.get(path).expect(200).json == {"repository_patterns": patterns}
    robot = Caller(Person(created["name"], created["secret"], ANONYMOUS))
    push_random(robot, f"{project.name}/app-1", "1")
    robot.send("GET", f"/v2/{project.name}/other/tags/list").expect(403)
    owner.put(path, {"repository_patterns": [f"{project.name}/other"]}).expect(200)
    push_random(robot, f"{project.name}/other", "1")
    robot.send("GET", f"/v2/{project.name}/app-1/tags/list").expect(403)
    owner.put(path, {"repository_patterns": []}).expect(200)
    robot.send("GET", f"/v2/{project.name}/app-1/tags/list").expect(200)


def test_without_any_it_reaches_all_and_harbors_clients_change_nothing(owner: Caller, project: Project) -> None:
    created = owner.post("/robots", body(project)).expect(201).json
    path = f"/robots/{created['id']}"
    assert owner.get(f"{path}/repository-patterns").json == {"repository_patterns": []}
    patterns = {"repository_patterns": [f"{project.name}/app"]}
    owner.put(f"{path}/repository-patterns", patterns).expect(200)
    owner.put(path, owner.get(path).json).expect(200)
    assert owner.get(f"{path}/repository-patterns").json == patterns


@pytest.mark.parametrize(
    ("patterns", "status"),
    [
        ("{project}/**", 422),
        (None, 422),
        (["{project}/app", 5], 422),
        (["a\0b"], 422),
        (["elsewhere/**"], 400),
        ([""], 400),
        (["{project}/["], 400),
        ([f"{{project}}/a{number}" for number in range(101)], 400),
    ],
    ids=str,
)
def test_bad_ones_are_refused(owner: Caller, project: Project, patterns: Any, status: int) -> None:
    filled = [
        each.format(project=project.name) if isinstance(each, str) else each
        for each in (patterns if isinstance(patterns, list) else [patterns])
    ]
    given = {"repository_patterns": filled if isinstance(patterns, list) else filled[0]}
    owner.post("/robots", body(project, **given)).expect(status)
    assert not Robot.objects.exists()
    created = owner.post("/robots", body(project)).json
    owner.put(f"/robots/{created['id']}/repository-patterns", given).expect(status)
    owner.put(f"/robots/{created['id']}/repository-patterns", {}).expect(422)
    assert Robot.objects.get().repository_patterns == []


def test_a_narrow_robot_makes_narrow_robots(people: People, project: Project) -> None:
    granted = [("robot", "create"), ("repository", "pull"), ("repository", "push")]
    patterns = [f"{project.name}/app-*"]
    maker = Caller(people.new_robot(project, permissions=granted, repository_patterns=patterns))
    for wider in ([], [f"{project.name}/**"], [*patterns, f"{project.name}/other"]):
        maker.post("/robots", body(project, repository_patterns=wider)).expect(403)
    for narrow in (patterns, [f"{project.name}/app-1"]):
        maker.post("/robots", body(project, repository_patterns=narrow)).expect(201)


def test_who_may(people: People, nobody: Caller, user: Caller, admin: Caller, project: Project) -> None:
    created = admin.post("/robots", body(project)).json
    path = f"/robots/{created['id']}/repository-patterns"
    given = {"repository_patterns": [f"{project.name}/app"]}
    roles = [(Caller(people.new_user(project=project, role=role)), role) for role in Role]
    for caller, role in ((nobody, None), (user, None), *roles):
        refused = 401 if caller is nobody else 403
        caller.get(path).expect(refused if role in (None, Role.LIMITED_GUEST) else 200)
        caller.put(path, given).expect(200 if role == Role.PROJECT_ADMIN else refused)
        caller.get("/robots/999999999/repository-patterns").expect(refused)
    admin.get("/robots/999999999/repository-patterns").expect(404)
    admin.delete(path).expect(405)
