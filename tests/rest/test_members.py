"""Members of a project over the REST API (Harbor's tag ``member``)."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actors import SYSTEM
from accounts.models import Member, Project, UserGroup
from accounts.permissions import Role
from accounts.services.groups import create_group
from tests.rest.conftest import Caller, by_rank
from tests.support.people import People, Person, unique


@pytest.fixture
def other(people: People) -> Person:
    return people.new_user()


def group() -> UserGroup:
    return create_group(actor=SYSTEM, name=unique("group"))


def test_adding_reading_changing_and_removing_one(owner: Caller, project: Project, other: Person) -> None:
    members = f"/projects/{project.name}/members"
    added = owner.post(members, {"role_id": 3, "member_user": {"username": other.username}}).expect(201)
    path = added.headers["Location"].removeprefix("/api/v2.0")
    assert path.startswith(f"{members}/")
    shown = owner.get(path).expect(200).json
    assert shown == {
        "id": int(path.rpartition("/")[2]),
        "project_id": project.pk,
        "entity_name": other.username,
        "role_name": "guest",
        "role_id": 3,
        "entity_id": other.actor.id,
        "entity_type": "u",
    }
    owner.put(path, {"role_id": 4}).expect(200)
    assert owner.get(path).json["role_name"] == "maintainer"
    owner.delete(path).expect(200)
    owner.get(path).expect(404)


def test_the_project_by_id_or_by_name(owner: Caller, project: Project) -> None:
    for address in (str(project.pk), project.name):
        assert len(owner.get(f"/projects/{address}/members").expect(200).json) == 1
    owner.get(f"/projects/{project.pk}/members", **{"X-Is-Resource-Name": "true"}).expect(403)
    owner.get(f"/projects/{project.name}/members", **{"X-Is-Resource-Name": "true"}).expect(200)


def test_a_user_by_id_and_a_group_in_every_way(owner: Caller, project: Project, other: Person, admin: Caller) -> None:
    members = f"/projects/{project.pk}/members"
    owner.post(members, {"role_id": 2, "member_user": {"user_id": other.actor.id}}).expect(201)
    first, second, third = group(), group(), group()
    place = "cn=dev,dc=example,dc=com"
    UserGroup.objects.filter(pk=third.pk).update(group_type=1, ldap_group_dn=place)
    for body in ({"id": first.pk}, {"group_name": second.name, "group_type": 0}, {"ldap_group_dn": place}):
        owner.post(members, {"role_id": 5, "member_group": body}).expect(201)
    shown = {each["entity_name"]: each for each in owner.get(members).json}
    assert {each["entity_type"] for each in shown.values()} == {"u", "g"}
    assert shown[second.name]["entity_id"] == second.pk


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"role_id": 2}, 400),
        ({"role_id": "2", "member_user": {"user_id": 1}}, 422),
        ({"role_id": 2, "member_user": {}}, 400),
        ({"role_id": 2, "member_user": {"username": 7}}, 422),
        ({"role_id": 2, "member_user": []}, 422),
        ({"role_id": 2, "member_user": {"username": "nobody-of-this-name"}}, 404),
        ({"role_id": 2, "member_user": {"user_id": 10**9}}, 404),
        ({"role_id": 2, "member_group": {"id": 10**9}}, 404),
        ({"role_id": 2, "member_group": {"group_type": 1}}, 400),
        ({"role_id": 0, "member_user": {"username": "{other}"}}, 400),
        ({"role_id": 6, "member_user": {"username": "{other}"}}, 400),
    ],
    ids=str,
)
def test_a_bad_one_is_refused(
    owner: Caller, project: Project, other: Person, body: dict[str, Any], status: int
) -> None:
    if body.get("member_user") == {"username": "{other}"}:
        body = {**body, "member_user": {"username": other.username}}
    owner.post(f"/projects/{project.pk}/members", body).expect(status)
    assert Member.objects.filter(project=project).count() == 1


def test_nobody_is_a_member_twice(owner: Caller, project: Project, other: Person) -> None:
    body = {"role_id": 3, "member_user": {"user_id": other.actor.id}}
    owner.post(f"/projects/{project.pk}/members", body).expect(201)
    assert owner.post(f"/projects/{project.pk}/members", {**body, "role_id": 1}).expect(409).code == "CONFLICT"


def test_a_member_of_another_project_is_not_found(owner: Caller, project: Project, people: People) -> None:
    foreign = people.new_project(owner=people.new_user())
    member = Member.objects.get(project=foreign)
    for method, body in (("GET", None), ("PUT", {"role_id": 5}), ("DELETE", None)):
        owner.call(method, f"/projects/{project.pk}/members/{member.pk}", body).expect(404)
        owner.call(method, f"/projects/{foreign.pk}/members/{member.pk}", body).expect(403)
    assert Member.objects.get(pk=member.pk).role == Role.PROJECT_ADMIN


def test_the_list(owner: Caller, project: Project, people: People) -> None:
    word = unique("m")
    for letter in "cab":
        people.new_user(f"{word}-{letter}", project=project)
    answer = owner.get(f"/projects/{project.pk}/members?entityname={word}&page_size=2").expect(200)
    assert [each["entity_name"] for each in answer.json] == [f"{word}-a", f"{word}-b"]
    assert answer.headers["X-Total-Count"] == "3"
    assert 'rel="next"' in answer.headers["Link"]


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_who_may(people: People, nobody: Caller, user: Caller, admin: Caller, visibility: str) -> None:
    project = people.new_project(visibility=visibility)
    ranks = by_rank(people, project, nobody, user)
    member = Member.objects.filter(project=project).order_by("pk").last()
    assert member
    members, path = f"/projects/{project.pk}/members", f"/projects/{project.pk}/members/{member.pk}"
    for caller, reads, writes in zip(
        [*ranks, admin],
        (401, 403, 403, 200, 200, 200, 200, 200),
        (401, 403, 403, 403, 403, 403, 200, 200),
        strict=True,
    ):
        caller.get(members).expect(reads)
        caller.get(path).expect(reads)
        caller.put(path, {"role_id": 5}).expect(writes)
        if writes != 200:
            caller.post(members, {"role_id": 5, "member_user": {"user_id": 1}}).expect(writes)
            caller.delete(path).expect(writes)
            for unknown in ("/projects/no-such-project/members", "/projects/999999999/members"):
                caller.get(unknown).expect(401 if caller is nobody else 403)
    assert admin.get("/projects/no-such-project/members").expect(404).code == "NOT_FOUND"


@pytest.mark.parametrize("name", ["%00", "%20", "A", "..", "a%2Fb", "9" * 40, "%E4%B8%AD"])
def test_names_that_no_project_has(admin: Caller, name: str) -> None:
    assert admin.get(f"/projects/{name}/members").status == 404
