"""Personal tokens over the REST API, beside Harbor's contract: making, listing, using and revoking them."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actors import ANONYMOUS
from accounts.models import PersonalToken, Project, User
from accounts.permissions import Role
from audit.models import AuditLog
from tests.rest.conftest import Browser, Caller
from tests.rest.pushing import push_random
from tests.support.people import PASSWORD, People, Person, unique
from tests.support.queries import counted

MINE = "/users/current/tokens"
PULL = {"resource": "repository", "action": "pull"}
LIST_MEMBERS = {"resource": "member", "action": "list"}


def wanted(*access: dict[str, str], namespace: str = "*", **more: Any) -> dict[str, Any]:
    kind = "system" if namespace == "/" else "project"
    permissions = [{"kind": kind, "namespace": namespace, "access": list(access) or [PULL]}]
    return {"name": unique("token"), "permissions": permissions, **more}


def made(caller: Caller, *access: dict[str, str], **more: Any) -> tuple[str, str]:
    """The path of a new token, and the token itself."""
    answer = caller.post(MINE, wanted(*access, **more)).expect(201)
    return answer.headers["Location"].removeprefix("/api/v2.0"), answer.json["token"]


def using(caller: Caller, token: str) -> Caller:
    """By name and token."""
    return Caller(Person(caller.name, token, ANONYMOUS))


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_one_from_its_making_to_its_end(owner: Caller, project: Project) -> None:
    body = wanted(PULL, LIST_MEMBERS, namespace=project.name, description="builds", duration=7)
    answer = owner.post(MINE, body).expect(201)
    path = answer.headers["Location"].removeprefix("/api/v2.0")
    assert path == f"{MINE}/{answer.json['id']}"
    token = answer.json["token"]
    assert token.startswith("ptk_")
    shown = owner.get(path).expect(200).json
    assert shown == {key: value for key, value in answer.json.items() if key != "token"}
    assert {key: shown[key] for key in ("name", "description", "duration", "expired", "last_used_at")} == {
        **{key: body[key] for key in ("name", "description", "duration")},
        "expired": False,
        "last_used_at": None,
    }
    row = PersonalToken.objects.get(pk=shown["id"])
    assert shown["expires_at"] == int(row.expires_at.timestamp())
    access = [{**each, "effect": "allow"} for each in (LIST_MEMBERS, PULL)]
    assert shown["permissions"] == [{"kind": "project", "namespace": project.name, "access": access}]
    using(owner, token).get(f"/projects/{project.pk}/members").expect(200)
    assert owner.get(path).json["last_used_at"] is not None
    owner.delete(path).expect(200)
    owner.get(path).expect(404)
    owner.delete(path).expect(404)
    using(owner, token).get("/users/current").expect(401)
    told = AuditLog.objects.filter(resource_type="personal_token").order_by("pk")
    assert list(told.values_list("operation", flat=True)) == ["create_personal_token", "revoke_personal_token"]


def test_by_name_or_as_a_bearer_token(owner: Caller, nobody: Caller, project: Project) -> None:
    _, token = made(owner, LIST_MEMBERS)
    members = f"/projects/{project.pk}/members"
    for headers in (bearing(token), {"Authorization": f"bearer  {token} "}):
        nobody.get(members, **headers).expect(200)
        assert nobody.get("/users/current", **headers).expect(200).json["username"] == owner.name
    nobody.get(members, **bearing(token[:-1] + "~")).expect(401)
    nobody.get(members, **bearing("ptk_")).expect(401)
    nobody.get(members, **bearing("something else")).expect(401)


def test_it_does_what_it_was_given_and_no_more(owner: Caller, people: People, project: Project) -> None:
    other = people.new_project(owner.person)
    _, token = made(owner, LIST_MEMBERS, {"resource": "project", "action": "read"}, namespace=project.name)
    tool = using(owner, token)
    tool.get(f"/projects/{project.pk}").expect(200)
    tool.get(f"/projects/{project.pk}/members").expect(200)
    tool.post(f"/projects/{project.pk}/members", {"role_id": 1, "member_user": {"username": "x"}}).expect(403)
    tool.put(f"/projects/{project.pk}", {"metadata": {"public": "true"}}).expect(403)
    for path in (f"/projects/{other.pk}", f"/projects/{other.pk}/members", f"/projects/{other.pk}/repositories"):
        tool.get(path).expect(403)
        owner.get(path).expect(200)
    assert {each["name"] for each in tool.get("/projects").json} == {"library", project.name}
    tool.post("/projects", {"project_name": unique("project")}).expect(403)
    made_by_tool = using(owner, made(owner, {"resource": "project", "action": "create"}, namespace="/")[1])
    made_by_tool.post("/projects", {"project_name": unique("project")}).expect(201)


def test_a_system_administrators_narrow_token_is_narrow(admin: Caller, people: People, project: Project) -> None:
    other = people.new_project()
    tool = using(admin, made(admin, LIST_MEMBERS, PULL, namespace=project.name)[1])
    tool.get(f"/projects/{project.pk}/members").expect(200)
    for path in (
        *("/users", f"/users/{admin.id}", "/robots", "/quotas", "/auditlog-exts/events", "/users/999999999"),
        *("/usergroups", "/systeminfo/volumes", "/permissions", f"/projects/{other.pk}"),
    ):
        tool.get(path).expect(403)
    assert tool.get("/audit-logs").expect(200).json == []
    assert tool.get("/users/current/permissions").expect(200).json == []
    totals = tool.get("/statistics").expect(200).json
    assert (totals["total_project_count"], totals["private_project_count"]) == (0, 1)
    tool.put(f"/users/{admin.id}", {"realname": "x"}).expect(403)
    tool.put(f"/users/{admin.id}/password", {"old_password": PASSWORD, "new_password": "Another-1"}).expect(403)
    tool.put(f"/users/{people.new_user().actor.id}/sysadmin", {"sysadmin_flag": True}).expect(403)
    tool.post("/users", {"username": "x", "password": PASSWORD}).expect(403)


def test_it_changes_nothing_of_its_user(owner: Caller) -> None:
    _, token = made(owner, LIST_MEMBERS)
    tool, me = using(owner, token), f"/users/{owner.id}"
    tool.put(me, {"realname": "x"}).expect(403)
    tool.put(f"{me}/password", {"old_password": PASSWORD, "new_password": "Another-horse-1"}).expect(403)
    tool.delete(me).expect(403)
    tool.get(me).expect(403)
    assert User.objects.get(pk=owner.id).check_password(PASSWORD)


def test_it_manages_no_tokens(owner: Caller, admin: Caller) -> None:
    for caller in (owner, admin):
        path, token = made(caller, LIST_MEMBERS)
        tool = using(caller, token)
        for address in (MINE, path, f"/users/{caller.id}/tokens"):
            tool.get(address).expect(403)
            tool.get(address, **bearing(token)).expect(403)
        tool.post(MINE, wanted()).expect(403)
        tool.delete(path).expect(403)
    assert PersonalToken.objects.count() == 2


def test_it_signs_nobody_in_to_a_session(owner: Caller) -> None:
    _, token = made(owner, LIST_MEMBERS)
    browser = Browser()
    answer = browser.post("/c/login", {"principal": owner.name, "password": token})
    assert answer.status_code == 401
    assert browser.post("/c/login", {"principal": owner.name, "password": PASSWORD}).status_code == 200


def test_a_token_beside_a_session_is_what_counts(admin: Caller, user: Caller) -> None:
    _, token = made(user, LIST_MEMBERS)
    browser = Browser()
    browser.post("/c/login", {"principal": admin.name, "password": PASSWORD})
    answer = browser.get("/api/v2.0/users/current", headers=bearing(token))
    assert answer.json()["username"] == user.name
    assert browser.get("/api/v2.0/users", headers=bearing(token)).status_code == 403


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": ...}, 422),
        ({"name": ""}, 400),
        ({"name": " x"}, 400),
        ({"name": "x" * 256}, 400),
        ({"name": "a\nb"}, 400),
        ({"name": "a\0b"}, 422),
        ({"name": 7}, 422),
        ({"description": "x" * 1025}, 400),
        ({"description": None}, 422),
        ({"duration": 0}, 400),
        ({"duration": -1}, 400),
        ({"duration": 366}, 400),
        ({"duration": "30"}, 422),
        ({"duration": True}, 422),
        ({"duration": 2**70}, 422),
        ({"permissions": ...}, 422),
        ({"permissions": []}, 400),
        ({"permissions": {}}, 422),
        ({"permissions": [{"kind": "project", "namespace": "*", "access": []}]}, 400),
        ({"permissions": [{"kind": "project", "namespace": "nowhere", "access": [PULL]}]}, 400),
        ({"permissions": [{"kind": "project", "namespace": "{hidden}", "access": [PULL]}]}, 400),
        ({"permissions": [{"kind": "galaxy", "namespace": "*", "access": [PULL]}]}, 400),
        ({"permissions": [{"kind": "system", "namespace": "/", "access": [PULL]}]}, 400),
        (
            {"permissions": [{"kind": "system", "namespace": "/", "access": [{"resource": "user", "action": "list"}]}]},
            403,
        ),
        ({"permissions": [{"kind": "project", "namespace": "*", "access": [{**PULL, "effect": "deny"}]}]}, 400),
        ({"permissions": [{"kind": "project", "namespace": "*", "access": [{**PULL, "action": "fly"}]}]}, 400),
    ],
    ids=str,
)
def test_a_bad_one_is_refused(owner: Caller, people: People, change: dict[str, Any], status: int) -> None:
    hidden = people.new_project()
    body = {key: value for key, value in {**wanted(), **change}.items() if value is not ...}
    for permission in body.get("permissions", ()):
        if isinstance(permission, dict) and permission["namespace"] == "{hidden}":
            body["permissions"] = [{**permission, "namespace": hidden.name}]
    owner.post(MINE, body).expect(status)
    assert not PersonalToken.objects.exists()


def test_a_hidden_project_is_like_none(owner: Caller, people: People) -> None:
    hidden = people.new_project()
    told = {owner.post(MINE, wanted(namespace=name)).message.replace(name, "") for name in (hidden.name, "nowhere")}
    assert len(told) == 1


def test_a_body_that_is_no_object(owner: Caller) -> None:
    for body in (b"", b"[]", b"null", b"{", b'"\\ud800"'):
        assert owner.post(MINE, body).status in (400, 422)


def test_a_name_is_taken_once(owner: Caller, user: Caller) -> None:
    body = wanted()
    owner.post(MINE, body).expect(201)
    assert owner.post(MINE, body).expect(409).code == "CONFLICT"
    user.post(MINE, body).expect(201)


def test_the_list(owner: Caller, user: Caller) -> None:
    names = sorted(owner.post(MINE, wanted()).expect(201).json["name"] for _ in range(3))
    made(user)
    listed = owner.get(f"{MINE}?page_size=2").expect(200)
    assert [each["name"] for each in listed.json] == names[:2]
    assert listed.headers["X-Total-Count"] == "3"
    assert 'rel="next"' in listed.headers["Link"]
    assert not any("token" in each or "secret_hash" in each for each in listed.json)
    assert [each["name"] for each in owner.get(f"{MINE}?sort=-name").json] == names[::-1]
    assert [each["name"] for each in owner.get(f"{MINE}?q=name=~{names[1]}").json] == [names[1]]
    PersonalToken.objects.filter(name=names[0]).update(last_used_at="2026-01-02T00:00:00Z")
    used = owner.get(f"{MINE}?q=last_used_at=[2026-01-01T00:00:00~2026-01-03T00:00:00]").json
    assert [each["name"] for each in used] == [names[0]]
    # Nobody feels their way along what is not shown.
    for q in ("secret_hash=~a", "user=1", "user__password=~a", "secret_hash__gte=0"):
        assert len(owner.get(f"{MINE}?q={q}").expect(200).json) == 3
    owner.get(f"{MINE}?q=id=x").expect(400)
    owner.get(f"{MINE}?page=0").expect(422)


def test_a_list_asks_as_often_however_long_it_is(owner: Caller, project: Project) -> None:
    counts = []
    for _ in range(2):
        made(owner, PULL, LIST_MEMBERS, namespace=project.name)
        with counted() as asked:
            owner.get(MINE).expect(200)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_an_administrator_sees_and_revokes_those_of_others(admin: Caller, owner: Caller, user: Caller) -> None:
    path, token = made(owner, LIST_MEMBERS)
    number = path.rpartition("/")[2]
    theirs = f"/users/{owner.id}/tokens"
    assert [str(each["id"]) for each in admin.get(theirs).expect(200).json] == [number]
    assert admin.get(f"{theirs}/{number}").expect(200).json["id"] == int(number)
    assert admin.get(MINE).json == []
    admin.get(f"{MINE}/{number}").expect(404)
    admin.get(f"/users/{user.id}/tokens/{number}").expect(404)
    admin.delete(f"/users/{user.id}/tokens/{number}").expect(404)
    admin.post(theirs, wanted()).expect(405)
    using(owner, token).get("/users/current").expect(200)
    admin.delete(f"{theirs}/{number}").expect(200)
    using(owner, token).get("/users/current").expect(401)


def test_who_may(nobody: Caller, owner: Caller, user: Caller, people: People, project: Project) -> None:
    path, _ = made(owner, LIST_MEMBERS)
    number = path.rpartition("/")[2]
    robot = Caller(people.new_robot(project))
    theirs = f"/users/{owner.id}/tokens"
    for caller, status in ((nobody, 401), (user, 403), (robot, 403)):
        for address in (theirs, f"{theirs}/{number}", "/users/999999999/tokens"):
            caller.get(address).expect(status)
        caller.delete(f"{theirs}/{number}").expect(status)
    for caller, status in ((nobody, 401), (robot, 403)):
        caller.get(MINE).expect(status)
        caller.post(MINE, wanted()).expect(status)
    user.get(path).expect(404)
    user.delete(path).expect(404)
    owner.get(theirs).expect(200)
    owner.get(f"{theirs}/{number}").expect(200)
    owner.delete(f"{theirs}/{number}").expect(200)


def test_addresses_that_say_nothing(admin: Caller, owner: Caller) -> None:
    for address in (f"{MINE}/x", "/users/x/tokens", f"/users/{owner.id}/tokens/x", f"{MINE}/99999999999999999999"):
        admin.get(address).expect(422)
    admin.get("/users/999999999/tokens").expect(404)
    admin.get(f"{MINE}/0").expect(404)
    admin.put(f"{MINE}/1", {}).expect(405)


def test_by_a_session_with_its_token_alone(owner: Caller) -> None:
    browser = Browser()
    browser.post("/c/login", {"principal": owner.name, "password": PASSWORD})
    address = f"/api/v2.0{MINE}"
    refused = browser.post(address, wanted(), content_type="application/json")
    assert refused.status_code == 403
    csrf = browser.get(address).headers["X-Harbor-CSRF-Token"]
    headers = {"X-Harbor-CSRF-Token": csrf}
    assert browser.post(address, wanted(), content_type="application/json", headers=headers).status_code == 201


def test_what_is_lost_is_lost_for_a_token_too(owner: Caller, people: People, project: Project) -> None:
    guest = Caller(people.new_user(project=project, role=Role.GUEST))
    tool = using(guest, made(guest, LIST_MEMBERS, namespace=project.name)[1])
    members = f"/projects/{project.pk}/members"
    tool.get(members).expect(200)
    member = next(each for each in owner.get(members).json if each["entity_name"] == guest.name)
    owner.put(f"{members}/{member['id']}", {"role_id": int(Role.LIMITED_GUEST)}).expect(200)
    tool.get(members).expect(403)
    owner.delete(f"{members}/{member['id']}").expect(200)
    tool.get(members).expect(403)


def test_pushing_and_deleting_through_one_is_recorded(owner: Caller, project: Project) -> None:
    access = [{"resource": "repository", "action": action} for action in ("push", "pull")]
    access += [{"resource": "artifact", "action": "delete"}, {"resource": "artifact", "action": "list"}]
    tool = using(owner, made(owner, *access, namespace=project.name, name="pipeline")[1])
    push_random(tool, f"{project.name}/app", "v1")
    artifacts = f"/projects/{project.name}/repositories/app/artifacts"
    assert len(tool.get(artifacts).expect(200).json) == 1
    tool.delete(f"{artifacts}/v1").expect(200)
    for operation in ("create_artifact", "delete_artifact"):
        record = AuditLog.objects.filter(operation=operation).latest("pk")
        assert (record.username, record.actor_kind, record.detail["token"]["name"]) == (owner.name, "user", "pipeline")


def test_the_explorers_pages_open(owner: Caller) -> None:
    path, _ = made(owner)
    browser = Browser()
    browser.post("/c/login", {"principal": owner.name, "password": PASSWORD})
    for address in (MINE, path, f"/users/{owner.id}/tokens"):
        page = browser.get(f"/api/v2.0{address}", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
