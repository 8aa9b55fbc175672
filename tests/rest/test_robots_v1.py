"""Robots below their project, as clients of Harbor's older API come for them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from accounts.actors import ANONYMOUS
from accounts.models import Project, Robot
from audit.models import AuditLog
from tests.rest.conftest import Caller
from tests.rest.pushing import push_random
from tests.rest.robots import who_may
from tests.support.people import People, Person, unique

DAY = 24 * 60 * 60
PULL = {"resource": "repository", "action": "pull"}


def older(**more: Any) -> dict[str, Any]:
    return {"name": unique("robot"), "access": [PULL], **more}


def made(caller: Caller, project: Project, **more: Any) -> tuple[str, dict[str, Any]]:
    """The path of a new robot, and what was said about it."""
    answer = caller.post(f"/projects/{project.pk}/robots", older(**more)).expect(201)
    return answer.headers["Location"].removeprefix("/api/v2.0"), answer.json


def test_one_is_made_shown_changed_and_deleted(owner: Caller, project: Project) -> None:
    access = [
        {"resource": f"/project/{project.pk}/repository", "action": "push", "effect": "allow"},
        {"resource": "member", "action": "list"},
    ]
    path, created = made(owner, project, access=access, description="builds")
    assert path == f"/projects/{project.pk}/robots/{created['id']}"
    assert created["name"].startswith(f"robot${project.name}+")
    robot = Caller(Person(created["name"], created["secret"], ANONYMOUS))
    push_random(robot, f"{project.name}/app", "1")
    shown = owner.get(path).expect(200).json
    assert shown == owner.get(f"/robots/{created['id']}").json
    assert (shown["level"], shown["description"], shown["duration"], shown["disable"]) == (
        *("project", "builds", 30, False),
    )
    [permission] = shown["permissions"]
    assert {(each["resource"], each["action"]) for each in permission["access"]} == {
        *(("repository", "push"), ("member", "list")),
    }
    owner.put(path, {**shown, "disable": True, "description": "", "duration": 5}).expect(200)
    changed = owner.get(path).json
    assert (changed["disable"], changed["description"], changed["duration"]) == (True, "", 30)
    robot.get(f"/projects/{project.pk}/members").expect(401)
    owner.put(path, {"disable": False}).expect(200)
    robot.get(f"/projects/{project.pk}/members").expect(200)
    owner.delete(path).expect(200)
    owner.get(path).expect(404)
    operations = AuditLog.objects.filter(resource_type="robot").order_by("pk").values_list("operation", flat=True)
    assert list(operations) == ["create_robot", "update_robot", "update_robot", "delete_robot"]


def test_the_list(owner: Caller, project: Project, people: People) -> None:
    names = sorted(made(owner, project)[1]["name"] for _ in range(3))
    people.new_robot(people.new_project())
    for place in (project.pk, project.name):
        answer = owner.get(f"/projects/{place}/robots?page_size=2").expect(200)
        assert ([each["name"] for each in answer.json], answer.headers["X-Total-Count"]) == (names[:2], "3")
        assert 'rel="next"' in answer.headers["Link"]
    word = names[0].rpartition("+")[2]
    assert [each["name"] for each in owner.get(f"/projects/{project.pk}/robots?q=name=~{word}").json] == names[:1]


def test_how_long_it_lives(owner: Caller, project: Project) -> None:
    """Days are whole ones, and never more than was asked for."""
    now = int(time.time())
    for expires_at, days in ((-1, -1), (0, 30), (now + 2 * DAY + 60, 2), (now + 3 * DAY - 60, 2)):
        path, created = made(owner, project, expires_at=expires_at)
        assert owner.get(path).json["duration"] == days
        assert created["expires_at"] <= max(expires_at, 0) or days == 30
    for bad in (now, now + DAY - 60, 1, -2, 10**17):
        owner.post(f"/projects/{project.pk}/robots", older(expires_at=bad)).expect(400)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": ...}, 422),
        ({"name": "Upper"}, 400),
        ({"name": "a\0"}, 422),
        ({"access": ...}, 422),
        ({"access": []}, 400),
        ({"access": {}}, 422),
        ({"access": [{"resource": "repository"}]}, 422),
        ({"access": [{"resource": "repository", "action": "fly"}]}, 400),
        ({"access": [{"resource": "/project/999999999/repository", "action": "pull"}]}, 400),
        ({"access": [{"resource": "/repository/pull", "action": "pull"}]}, 400),
        ({"access": [{"resource": "", "action": "pull"}]}, 400),
        ({"access": [{**PULL, "effect": "deny"}]}, 400),
        ({"expires_at": "soon"}, 422),
        ({"expires_at": 10**30}, 422),
        ({"description": "x" * 1025}, 400),
    ],
    ids=str,
)
def test_a_bad_one_is_refused(owner: Caller, project: Project, change: dict[str, Any], status: int) -> None:
    body = {key: value for key, value in older(**change).items() if value is not ...}
    owner.post(f"/projects/{project.pk}/robots", body).expect(status)
    assert not Robot.objects.exists()


def test_it_is_found_in_its_own_project_alone(owner: Caller, project: Project, people: People) -> None:
    assert owner.person
    other = people.new_project(owner.person)
    _, created = made(owner, project)
    elsewhere = f"/projects/{other.pk}/robots/{created['id']}"
    owner.get(elsewhere).expect(404)
    owner.put(elsewhere, {"disable": True}).expect(404)
    owner.delete(elsewhere).expect(404)
    assert not Robot.objects.get().disabled
    assert owner.get(f"/projects/{other.pk}/robots").json == []
    owner.get(f"/projects/{project.pk}/robots/x").expect(422)
    owner.post(f"/projects/{project.pk}/robots", older(name=Robot.objects.get().name)).expect(409)


def test_nobody_gives_more_than_they_have(people: People, project: Project) -> None:
    maker = Caller(people.new_robot(project, permissions=[("robot", "create"), ("repository", "pull")]))
    made(maker, project)
    push = [{"resource": "repository", "action": "push"}]
    maker.post(f"/projects/{project.pk}/robots", older(access=push)).expect(403)


def test_who_may(people: People, nobody: Caller, user: Caller, admin: Caller, project: Project) -> None:
    path, _ = made(admin, project)
    for caller, reads, writes in who_may(people, project, nobody, user):
        caller.get(path).expect(reads)
        caller.get(f"/projects/{project.pk}/robots").expect(reads)
        caller.put(path, {"description": "x"}).expect(writes)
        if writes != 200:
            caller.post(f"/projects/{project.pk}/robots", older()).expect(writes)
            caller.delete(path).expect(writes)
        for address in ("/projects/no-such-project/robots", "/projects/999999999/robots/1"):
            caller.get(address).expect(401 if caller is nobody else 403)
    admin.get("/projects/no-such-project/robots").expect(404)
