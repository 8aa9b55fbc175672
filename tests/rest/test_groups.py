"""Groups of users over the REST API (Harbor's tag ``usergroup``)."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import UserGroup
from tests.rest.conftest import Caller
from tests.support.people import People, unique

PLACE = "cn=ops,ou=groups,dc=example,dc=com"


def made(admin: Caller, **body: Any) -> str:
    """The path of a new group."""
    answer = admin.post("/usergroups", {"group_name": unique("group"), **body}).expect(201)
    return answer.headers["Location"].removeprefix("/api/v2.0")


def test_making_reading_renaming_and_deleting_one(admin: Caller) -> None:
    path = made(admin, group_name="Operations")
    group_id = int(path.rpartition("/")[2])
    assert admin.get(path).expect(200).json == {"id": group_id, "group_name": "Operations", "group_type": 0}
    admin.put(path, {"group_name": "Operators", "group_type": 1, "ldap_group_dn": PLACE}).expect(200)
    assert admin.get(path).json == {"id": group_id, "group_name": "Operators", "group_type": 0}
    admin.delete(path).expect(200)
    admin.get(path).expect(404)
    admin.delete(path).expect(404)


def test_a_group_of_a_directory(admin: Caller) -> None:
    path = made(admin, group_type=1, ldap_group_dn=PLACE)
    assert admin.get(path).json["ldap_group_dn"] == PLACE
    admin.post("/usergroups", {"group_name": unique("g"), "group_type": 1, "ldap_group_dn": PLACE}).expect(409)
    assert [each["ldap_group_dn"] for each in admin.get(f"/usergroups?ldap_group_dn={PLACE}").json] == [PLACE]
    assert admin.get("/usergroups?ldap_group_dn=cn=other").json == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"group_name": ""}, 400),
        ({"group_name": 5}, 422),
        ({"group_name": "a" * 256}, 400),
        ({"group_name": "a", "group_type": 9}, 400),
        ({"group_name": "a", "group_type": "1"}, 422),
        ({"group_name": "a", "group_type": True}, 422),
        ({"group_name": "a", "group_type": 10**30}, 422),
        ({"group_name": "a", "group_type": 1}, 400),
        ({"group_name": "a", "ldap_group_dn": PLACE}, 400),
    ],
    ids=str,
)
def test_a_bad_one_is_refused(admin: Caller, body: dict[str, Any], status: int) -> None:
    admin.post("/usergroups", body).expect(status)
    assert not UserGroup.objects.exists()


def test_the_list_and_the_search(admin: Caller, user: Caller) -> None:
    word = unique("find")
    for letter in "bca":
        made(admin, group_name=f"{word}-{letter}")
    answer = admin.get(f"/usergroups?group_name={word}&page_size=2").expect(200)
    assert [each["group_name"] for each in answer.json] == [f"{word}-a", f"{word}-b"]
    assert answer.headers["X-Total-Count"] == "3"
    found = user.get(f"/usergroups/search?groupname={word}-c").expect(200).json
    assert [set(each) for each in found] == [{"id", "group_name", "group_type"}]
    user.get("/usergroups/search").expect(422)


def test_who_may(user: Caller, nobody: Caller, admin: Caller, people: People) -> None:
    path = made(admin)
    robot = Caller(people.new_system_robot(permissions=[("user-group", "read"), ("user-group", "list")]))
    for caller, status in ((user, 403), (nobody, 401)):
        caller.get("/usergroups").expect(status)
        caller.post("/usergroups", {"group_name": "x"}).expect(status)
        for address in (path, "/usergroups/0"):
            caller.get(address).expect(status)
            caller.put(address, {"group_name": "x"}).expect(status)
            caller.delete(address).expect(status)
    nobody.get("/usergroups/search?groupname=a").expect(401)
    robot.get(path).expect(200)
    robot.get("/usergroups").expect(200)
    robot.put(path, {"group_name": "x"}).expect(403)
    assert UserGroup.objects.count() == 1
