"""Robots over the REST API (Harbor's tag ``robot``)."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actors import ANONYMOUS
from accounts.models import Project, Robot
from accounts.permissions import Role
from tests.rest.conftest import Caller
from tests.rest.robots import who_may
from tests.support.people import People, Person, unique
from tests.support.queries import counted

PULL = {"resource": "repository", "action": "pull"}
PUSH = {"resource": "repository", "action": "push"}


def on_project(project: Project, *access: dict[str, str], **more: Any) -> dict[str, Any]:
    permissions = [{"kind": "project", "namespace": project.name, "access": list(access) or [PULL]}]
    return {"name": unique("robot"), "level": "project", "duration": 30, "permissions": permissions, **more}


def on_system(**more: Any) -> dict[str, Any]:
    permissions = [{"kind": "system", "namespace": "/", "access": [{"resource": "catalog", "action": "read"}]}]
    return {"name": unique("robot"), "level": "system", "duration": -1, "permissions": permissions, **more}


def made(caller: Caller, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The path of a new robot, and what was said about it."""
    answer = caller.post("/robots", body).expect(201)
    return answer.headers["Location"].removeprefix("/api/v2.0"), answer.json


def test_one_of_a_project(owner: Caller, project: Project) -> None:
    body = on_project(project, PULL, PUSH, description="builds")
    path, created = made(owner, body)
    assert created["name"] == f"robot${project.name}+{body['name']}"
    shown = owner.get(path).expect(200).json
    assert "secret" not in shown
    assert {key: shown[key] for key in ("name", "level", "description", "duration", "disable", "editable")} == {
        "name": created["name"],
        "level": "project",
        "description": "builds",
        "duration": 30,
        "disable": False,
        "editable": True,
    }
    assert shown["expires_at"] == created["expires_at"] > 0
    allowed = [{**access, "effect": "allow"} for access in (PULL, PUSH)]
    assert shown["permissions"] == [{"kind": "project", "namespace": project.name, "access": allowed}]
    owner.put(path, {**shown, "description": "", "disable": True, "duration": -1}).expect(200)
    changed = owner.get(path).json
    assert (changed["description"], changed["disable"], changed["expires_at"]) == ("", True, -1)
    owner.delete(path).expect(200)
    owner.get(path).expect(403)


def test_one_of_the_system(admin: Caller, project: Project) -> None:
    body = on_system()
    body["permissions"].append({"kind": "project", "namespace": "*", "access": [PULL]})
    body["permissions"].append({"kind": "project", "namespace": project.name, "access": [PUSH]})
    path, created = made(admin, body)
    assert (created["name"], created["expires_at"]) == (f"robot${body['name']}", -1)
    shown = admin.get(path).json
    assert {(each["kind"], each["namespace"]) for each in shown["permissions"]} == {
        *(("system", "/"), ("project", "*"), ("project", project.name)),
    }
    admin.delete(path).expect(200)
    admin.get(path).expect(404)


def test_its_secret_opens_and_is_replaced(owner: Caller, project: Project) -> None:
    path, created = made(owner, on_project(project, {"resource": "member", "action": "list"}))

    def with_secret(secret: str) -> Caller:
        return Caller(Person(created["name"], secret, ANONYMOUS))

    members = f"/projects/{project.pk}/members"
    with_secret(created["secret"]).get(members).expect(200)
    random = owner.call("PATCH", path, {}).expect(200).json["secret"]
    with_secret(created["secret"]).get(members).expect(401)
    with_secret(random).get(members).expect(200)
    assert owner.call("PATCH", path, {"secret": "Chosen-secret-1"}).expect(200).json == {"secret": "Chosen-secret-1"}
    with_secret("Chosen-secret-1").get(members).expect(200)
    owner.call("PATCH", path, {"secret": "weak"}).expect(400)
    owner.put(path, {"disable": True}).expect(200)
    with_secret("Chosen-secret-1").get(members).expect(401)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": ...}, 422),
        ({"name": "Upper"}, 400),
        ({"name": 7}, 422),
        ({"level": ...}, 422),
        ({"level": "galaxy"}, 400),
        ({"duration": ...}, 422),
        ({"duration": 0}, 400),
        ({"duration": "30"}, 422),
        ({"duration": 2**40}, 400),
        ({"duration": 2**70}, 422),
        ({"disable": "true"}, 422),
        ({"permissions": ...}, 422),
        ({"permissions": {}}, 422),
        ({"permissions": []}, 400),
        ({"permissions": [{"kind": "project"}]}, 422),
        ({"permissions": [{"kind": "project", "namespace": "{project}", "access": [{"resource": "repository"}]}]}, 422),
        ({"permissions": [{"kind": "project", "namespace": "{project}", "access": []}]}, 400),
        ({"permissions": [{"kind": "system", "namespace": "/", "access": [PULL]}]}, 403),
        ({"permissions": [{"kind": "project", "namespace": "no-such-project", "access": [PULL]}]}, 403),
        ({"permissions": [{"kind": "project", "namespace": "*", "access": [PULL]}]}, 403),
        ({"permissions": [{"kind": "project", "namespace": "{project}", "access": [{**PULL, "effect": "deny"}]}]}, 400),
        (
            {"permissions": [{"kind": "project", "namespace": "{project}", "access": [{**PULL, "action": "fly"}]}]},
            400,
        ),
    ],
    ids=str,
)
def test_a_bad_one_is_refused(owner: Caller, project: Project, change: dict[str, Any], status: int) -> None:
    body = {key: value for key, value in on_project(project, **change).items() if value is not ...}
    for permission in body.get("permissions", ()):
        if isinstance(permission, dict) and permission.get("namespace") == "{project}":
            body["permissions"] = [permission | {"namespace": project.name}]
    owner.post("/robots", body).expect(status)
    assert not Robot.objects.exists()


def test_level_and_name_are_for_good(owner: Caller, project: Project) -> None:
    path, created = made(owner, on_project(project))
    shown = owner.get(path).json
    for change in ({"name": "other"}, {"name": "robot$other"}, {"level": "system"}):
        owner.put(path, {**shown, **change}).expect(400)
    owner.put(path, {**shown, "name": created["name"].rpartition("+")[2]}).expect(200)


def test_nobody_gives_more_than_they_have(people: People, project: Project, admin: Caller) -> None:
    maker = Caller(people.new_robot(project, permissions=[("robot", "create"), ("repository", "pull")]))
    made(maker, on_project(project, PULL))
    maker.post("/robots", on_project(project, PUSH)).expect(403)
    maker.post("/robots", on_system()).expect(403)
    owner = Caller(people.new_user(project=project, role=Role.PROJECT_ADMIN))
    owner.post("/robots", on_system()).expect(403)
    owner.post("/robots", on_project(people.new_project())).expect(403)


def test_the_lists(owner: Caller, admin: Caller, people: People, project: Project) -> None:
    names = sorted(made(owner, on_project(project))[1]["name"] for _ in range(3))
    system, _ = made(admin, on_system())
    listed = owner.get(f"/robots?q=Level=project,ProjectID={project.pk}&page_size=2").expect(200)
    assert [each["name"] for each in listed.json] == names[:2]
    assert listed.headers["X-Total-Count"] == "3"
    for path in ("/robots", "/robots?q=Level=system"):
        assert [f"/robots/{each['id']}" for each in admin.get(path).expect(200).json] == [system]
        owner.get(path).expect(403)
    owner.get(f"/robots?q=Level=project,ProjectID={people.new_project().pk}").expect(403)
    for bad in ("Level=project", "Level=project,ProjectID=x", "Level=galaxy"):
        admin.get(f"/robots?q={bad}").expect(400)
    word = names[0].rpartition("+")[2]
    assert len(owner.get(f"/robots?q=Level=project,ProjectID={project.pk},name=~{word}").json) == 1


def test_a_list_asks_as_often_however_long_it_is(owner: Caller, project: Project) -> None:
    counts = []
    for _ in range(2):
        made(owner, on_project(project, PULL, PUSH))
        with counted() as asked:
            owner.get(f"/robots?q=Level=project,ProjectID={project.pk}").expect(200)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_who_may(people: People, nobody: Caller, user: Caller, admin: Caller, project: Project) -> None:
    path, _ = made(admin, on_project(project))
    system, _ = made(admin, on_system())
    for caller, reads, writes in who_may(people, project, nobody, user):
        caller.get(path).expect(reads)
        caller.get(f"/robots?q=Level=project,ProjectID={project.pk}").expect(reads)
        caller.put(path, {"description": "x"}).expect(writes)
        caller.call("PATCH", path, {}).expect(writes)
        if writes != 200:
            caller.post("/robots", on_project(project)).expect(writes)
            caller.delete(path).expect(writes)
        refused = 401 if caller is nobody else 403
        for address in (system, "/robots/999999999"):
            caller.get(address).expect(refused)
            caller.put(address, {}).expect(refused)
            caller.call("PATCH", address, {}).expect(refused)
            caller.delete(address).expect(refused)
        caller.post("/robots", on_system()).expect(refused)
    admin.get("/robots/999999999").expect(404)
    admin.get("/robots/x").expect(422)
