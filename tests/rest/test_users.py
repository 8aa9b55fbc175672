"""Accounts of people over the REST API (Harbor's tag ``user``)."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actors import ANONYMOUS
from accounts.models import User
from audit.models import AuditLog
from tests.rest.conftest import Caller
from tests.support.people import PASSWORD, People, Person, unique

NEW = "Another-horse-2"


def creation(**more: Any) -> dict[str, Any]:
    name = unique("person")
    return {"username": name, "email": f"{name}@example.com", "password": PASSWORD, "realname": "A Person", **more}


def row(user_id: int) -> User:
    found: User = User.objects.get(pk=user_id)
    return found


def test_making_reading_changing_and_deleting_one(admin: Caller) -> None:
    wanted = creation(comment="first")
    location = admin.post("/users", wanted).expect(201).headers["Location"]
    path = location.removeprefix("/api/v2.0")
    shown = admin.get(path).expect(200).json
    assert {key: shown[key] for key in ("username", "email", "realname", "comment", "sysadmin_flag")} == {
        **{key: wanted[key] for key in ("username", "email", "realname", "comment")},
        "sysadmin_flag": False,
    }
    assert path == f"/users/{shown['user_id']}"
    admin.put(path, {"email": "b@example.com", "realname": "B", "comment": ""}).expect(200)
    changed = admin.get(path).json
    assert (changed["email"], changed["realname"], changed["comment"]) == ("b@example.com", "B", "")
    admin.put(f"{path}/sysadmin", {"sysadmin_flag": True}).expect(200)
    assert admin.get(path).json["sysadmin_flag"] is True
    admin.delete(path).expect(200)
    assert admin.get(path).expect(404).code == "NOT_FOUND"
    made = AuditLog.objects.filter(username=admin.name).exclude(operation="login_user")
    assert list(made.order_by("pk").values_list("operation", flat=True)) == [
        *("create_user", "update_user", "update_user", "delete_user"),
    ]


def test_the_new_one_signs_in(admin: Caller) -> None:
    wanted = creation()
    admin.post("/users/", wanted).expect(201)
    person = Caller(Person(wanted["username"], PASSWORD, ANONYMOUS))
    assert person.get("/users/current").expect(200).json["username"] == wanted["username"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"username": ...}, 422),
        ({"password": ...}, 422),
        ({"username": ""}, 400),
        ({"username": 1.5}, 422),
        ({"username": ["a"]}, 422),
        ({"username": "a,b"}, 400),
        ({"username": "a" * 256}, 400),
        ({"username": "a\0b"}, 422),
        ({"username": " a"}, 400),
        ({"password": "short"}, 400),
        ({"email": "nonsense"}, 400),
        ({"email": None}, 422),
        ({"realname": {"a": 1}}, 422),
        ({"comment": "c" * 31}, 400),
    ],
    ids=str,
)
def test_a_bad_one_is_refused(admin: Caller, change: dict[str, Any], status: int) -> None:
    wanted = {key: value for key, value in creation(**change).items() if value is not ...}
    before = User.objects.count()
    admin.post("/users", wanted).expect(status)
    assert User.objects.count() == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b'"a"', b"null", b"\xff", b"{}"])
def test_what_is_no_object(admin: Caller, body: bytes) -> None:
    answer = admin.post("/users", body)
    assert answer.status in (400, 422)
    assert answer.code in ("BAD_REQUEST", "UNPROCESSABLE_ENTITY")


def test_a_body_of_another_type(admin: Caller) -> None:
    assert admin.post("/users", b"a=b", content_type="application/x-www-form-urlencoded").expect(415).code == (
        "UNSUPPORTED_MEDIA_TYPE"
    )


def test_a_name_or_address_that_is_taken(admin: Caller) -> None:
    wanted = creation()
    admin.post("/users", wanted).expect(201)
    assert admin.post("/users", {**wanted, "email": "other@example.com"}).expect(409).code == "CONFLICT"
    assert admin.post("/users", {**wanted, "username": "other"}).expect(409).code == "CONFLICT"


def test_fields_that_nobody_may_set_are_ignored(admin: Caller, user: Caller) -> None:
    extra = {"user_id": 1, "sysadmin_flag": True, "is_sysadmin": True, "is_active": False, "rights_version": 99}
    location = admin.post("/users", creation(**extra)).expect(201).headers["Location"]
    assert admin.get(location.removeprefix("/api/v2.0")).json["sysadmin_flag"] is False
    user.put(f"/users/{user.id}", {"realname": "Me", **extra}).expect(200)
    assert not row(user.id).is_sysadmin
    assert row(user.id).is_active


def test_oneself(user: Caller) -> None:
    assert user.get("/users/current").expect(200).json == user.get(f"/users/{user.id}").expect(200).json
    user.put(f"/users/{user.id}", {"realname": "Myself"}).expect(200)
    assert user.get("/users/current").json["realname"] == "Myself"
    user.delete(f"/users/{user.id}").expect(403)
    user.put(f"/users/{user.id}/sysadmin", {"sysadmin_flag": True}).expect(403)


def test_a_password_of_ones_own(user: Caller, admin: Caller) -> None:
    path = f"/users/{user.id}/password"
    assert user.put(path, {"new_password": NEW}).expect(403).code == "FORBIDDEN"
    assert user.put(path, {"old_password": "wrong", "new_password": NEW}).expect(403)
    assert user.put(path, {"old_password": PASSWORD, "new_password": PASSWORD}).expect(400)
    assert user.put(path, {"old_password": PASSWORD, "new_password": "weak"}).expect(400)
    user.put(path, {"old_password": PASSWORD, "new_password": NEW}).expect(200)
    user.get("/users/current").expect(401)
    admin.put(path, {"new_password": PASSWORD}).expect(200)
    user.get("/users/current").expect(200)


def test_others_are_not_seen(user: Caller, people: People, nobody: Caller) -> None:
    other = people.new_user().actor.id
    for path in (f"/users/{other}", "/users/0", "/users/999999999"):
        assert user.get(path).expect(403).code == "FORBIDDEN"
        assert nobody.get(path).expect(401).code == "UNAUTHORIZED"
        user.put(path, {"realname": "x"}).expect(403)
        nobody.put(path, {"realname": "x"}).expect(401)
        user.delete(path).expect(403)
        nobody.delete(path).expect(401)
        user.put(f"{path}/sysadmin", {"sysadmin_flag": True}).expect(403)
        user.put(f"{path}/password", {"new_password": NEW}).expect(403)
    user.get("/users").expect(403)
    nobody.get("/users").expect(401)
    user.post("/users", creation()).expect(403)
    nobody.post("/users", creation()).expect(401)
    nobody.get("/users/current").expect(401)
    nobody.get("/users/search?username=a").expect(401)


def test_the_list(admin: Caller, people: People) -> None:
    word = unique("list")
    made = [people.new_user(f"{word}-{letter}") for letter in "cab"]
    answer = admin.get(f"/users?q=username=~{word}&page_size=2").expect(200)
    assert [each["username"] for each in answer.json] == [f"{word}-a", f"{word}-b"]
    assert answer.headers["X-Total-Count"] == "3"
    assert answer.headers["Link"] == f'</api/v2.0/users?q=username=~{word}&page=2&page_size=2>; rel="next"'
    assert [each["username"] for each in admin.get(f"/users?username={word}&sort=-username").json] == [
        f"{word}-{letter}" for letter in "cba"
    ]
    assert [each["user_id"] for each in admin.get(f"/users?q=user_id={made[0].actor.id}").json] == [made[0].actor.id]
    assert admin.get(f"/users?q=username=~{word},sysadmin_flag=true").json == []
    admin.get("/users?q=sysadmin_flag=perhaps").expect(400)
    admin.get("/users?page_size=101").expect(422)
    assert len(admin.get(f"/users?q=username=~{word},password=x").json) == 3


def test_searching_is_for_everybody_who_is_signed_in(user: Caller, people: People) -> None:
    word = unique("find")
    made = people.new_user(f"{word}-a")
    assert user.get(f"/users/search?username={word}").expect(200).json == [
        {"user_id": made.actor.id, "username": made.username}
    ]
    user.get("/users/search").expect(422)


@pytest.mark.parametrize("word", ["x", "1.5", "9" * 30, "٣", "--1", "-"])
def test_ids_that_are_none(admin: Caller, word: str) -> None:
    assert admin.get(f"/users/{word}").expect(422).code == "UNPROCESSABLE_ENTITY"


def test_a_cli_secret_is_for_oidc(user: Caller, admin: Caller) -> None:
    assert user.put(f"/users/{user.id}/cli_secret", {"secret": NEW}).expect(412).code == "PRECONDITION"
    assert admin.put(f"/users/{user.id}/cli_secret", {"secret": NEW}).expect(412)


def test_a_robot_is_no_user(people: People) -> None:
    robot = Caller(people.new_robot())
    assert robot.get("/users/current").expect(412).code == "PRECONDITION"
    robot.get("/users").expect(403)


def test_other_methods(admin: Caller) -> None:
    assert admin.call("PATCH", "/users", {}).expect(405).code == "METHOD_NOT_ALLOWED"
    admin.call("GET", f"/users/{admin.id}/password").expect(405)
    for path in ("/users", f"/users/{admin.id}", "/projects", "/ping"):
        assert admin.call("OPTIONS", path).expect(405).code == "METHOD_NOT_ALLOWED"
