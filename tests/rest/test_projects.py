"""Projects over the REST API (Harbor's tags ``project`` and ``projectMetadata``)."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Member, Project
from accounts.permissions import Role
from registry_api.models import Repository, UsageDelta
from tests.rest.conftest import Caller, by_rank
from tests.support.people import People, unique
from tests.support.queries import counted

BY_NAME = {"X-Is-Resource-Name": "true"}


def made(caller: Caller, **more: Any) -> str:
    """The path of a new project."""
    answer = caller.post("/projects", {"project_name": unique("project"), **more}).expect(201)
    return answer.headers["Location"].removeprefix("/api/v2.0")


def push(project: Project, name: str = "app") -> Repository:
    return Repository.objects.create(project=project, name=f"{project.name}/{name}", push_time=timezone.now())


def test_making_reading_changing_and_deleting_one(user: Caller) -> None:
    name = unique("project")
    path = made(user, project_name=name, metadata={"public": "true", "auto_scan": "true"}, storage_limit=-1)
    shown = user.get(path).expect(200).json
    assert path == f"/projects/{shown['project_id']}"
    assert shown["metadata"] == {"public": "true", "auto_scan": "true"}
    assert {key: shown[key] for key in ("name", "owner_name", "owner_id", "repo_count", "current_user_role_ids")} == {
        "name": name,
        "owner_name": user.name,
        "owner_id": user.id,
        "repo_count": 0,
        "current_user_role_ids": [1],
    }
    assert user.get(f"/projects/{name}").json == shown
    user.put(path, {"metadata": {"public": "false", "severity": "High", "auto_scan": "F"}}).expect(200)
    assert user.get(path).json["metadata"] == {"public": "false", "severity": "high", "auto_scan": "false"}
    user.delete(path).expect(200)
    user.get(path).expect(403)


def test_its_address_by_name(user: Caller) -> None:
    name = unique("project")
    answer = user.post("/projects", {"project_name": name}, **{"X-Resource-Name-In-Location": "true"}).expect(201)
    assert answer.headers["Location"] == f"/api/v2.0/projects/{name}"


def test_public_as_older_clients_say_it(user: Caller) -> None:
    path = made(user, public=True)
    assert user.get(path).json["metadata"]["public"] == "true"
    user.put(path, {"public": False}).expect(200)
    assert user.get(path).json["metadata"]["public"] == "false"
    path = made(user, public=True, metadata={"public": "false"})
    assert user.get(path).json["metadata"]["public"] == "false"


def test_a_name_of_digits(user: Caller) -> None:
    path = made(user, project_name="20261126")
    user.get("/projects/20261126").expect(403)
    assert user.get("/projects/20261126", **BY_NAME).expect(200).json["project_id"] == int(path.rpartition("/")[2])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"project_name": ...}, 400),
        ({"project_name": ""}, 400),
        ({"project_name": "Upper"}, 400),
        ({"project_name": "a" * 256}, 400),
        ({"project_name": 7}, 422),
        ({"project_name": None}, 422),
        ({"public": "true"}, 422),
        ({"metadata": {"public": "perhaps"}}, 400),
        ({"metadata": {"public": True}}, 422),
        ({"metadata": {"severity": "bad"}}, 400),
        ({"metadata": {"auto_scan": "maybe"}}, 400),
        ({"metadata": {"proxy_speed_kb": "fast"}}, 400),
        ({"metadata": {"proxy_speed_kb": "9" * 300}}, 400),
        ({"metadata": []}, 422),
        ({"storage_limit": "1"}, 422),
        ({"storage_limit": 2**70}, 422),
        ({"registry_id": 7}, 400),
    ],
    ids=str,
)
def test_a_bad_one_is_refused(admin: Caller, change: dict[str, Any], status: int) -> None:
    before = Project.objects.count()
    body = {key: value for key, value in {"project_name": unique("p"), **change}.items() if value is not ...}
    admin.post("/projects", body).expect(status)
    assert Project.objects.count() == before


def test_options_that_nobody_knows_are_passed_over(user: Caller) -> None:
    path = made(user, metadata={"public": "false", "owner": "x", "retention_id": "7"}, owner_id=1, name="other")
    assert user.get(path).json["metadata"] == {"public": "false"}


def test_a_limit_is_set_by_who_may(user: Caller, admin: Caller) -> None:
    assert Project.objects.get(pk=int(made(user, storage_limit=5000).rpartition("/")[2])).storage_limit == -1
    assert Project.objects.get(pk=int(made(admin, storage_limit=5000).rpartition("/")[2])).storage_limit == 5000
    admin.post("/projects", {"project_name": unique("p"), "storage_limit": 0}).expect(400)


def test_a_name_that_is_taken(user: Caller, people: People) -> None:
    taken = people.new_project()
    assert user.post("/projects", {"project_name": taken.name}).expect(409).code == "CONFLICT"


def test_one_that_holds_repositories_stays(user: Caller) -> None:
    path = made(user)
    assert user.get(f"{path}/_deletable").expect(200).json == {"deletable": True}
    push(Project.objects.get(pk=int(path.rpartition("/")[2])))
    assert user.get(f"{path}/_deletable").json["deletable"] is False
    assert user.delete(path).expect(412).code == "PRECONDITION"
    assert user.get(path).json["repo_count"] == 1


def test_the_summary(people: People, user: Caller, admin: Caller) -> None:
    project = people.new_project(visibility="public", storage_limit=1000)
    guest = Caller(people.new_user(project=project, role=Role.GUEST))
    people.new_user(project=project, role=Role.PROJECT_ADMIN)
    push(project)
    UsageDelta.objects.create(project=project, amount=300)
    path = f"/projects/{project.name}/summary"
    assert guest.get(path).expect(200).json == {
        "repo_count": 1,
        "quota": {"hard": {"storage": 1000}, "used": {"storage": 300}},
        "project_admin_count": 1,
        "maintainer_count": 0,
        "developer_count": 0,
        "guest_count": 1,
        "limited_guest_count": 0,
    }
    assert user.get(path).expect(200).json == {"repo_count": 1}
    assert admin.get(path).json == guest.get(path).json


def names(caller: Caller, query: str = "") -> list[str]:
    return [each["name"] for each in caller.get(f"/projects?page_size=100{query}").expect(200).json]


def test_the_list(people: People, user: Caller, nobody: Caller, admin: Caller) -> None:
    word = unique("list")
    mine, public, hidden = (
        people.new_project(name=f"{word}-{letter}", visibility=visibility)
        for letter, visibility in (("b", "private"), ("a", "public"), ("c", "private"))
    )
    Member.objects.create(project=mine, user_id=user.id, role=Role.MAINTAINER)
    Member.objects.create(project=public, user_id=user.id, role=Role.GUEST)
    asked = f"&name={word}"
    assert names(nobody, asked) == [public.name]
    assert names(user, asked) == [public.name, mine.name]
    assert names(admin, asked) == [public.name, mine.name, hidden.name]
    assert names(user, f"{asked}&sort=-name") == [mine.name, public.name]
    assert names(user, f"{asked}&public=true") == names(user, f"&q=name=~{word},public=true") == [public.name]
    assert names(user, f"{asked}&public=false") == [mine.name]
    assert names(user, f"{asked}&owner=nobody-at-all") == names(user, f"&q=name=~{word},owner=x") == []
    push(mine)
    push(mine, "other")
    shown = {each["name"]: each for each in user.get(f"/projects?name={word}").json}
    assert (shown[mine.name]["repo_count"], shown[mine.name]["current_user_role_id"]) == (2, Role.MAINTAINER)
    assert shown[public.name]["current_user_role_ids"] == [Role.GUEST]
    plain = user.get(f"/projects?name={word}&with_detail=false").json
    assert {each["repo_count"] for each in plain} == {0}
    answer = admin.get(f"/projects?name={word}&page_size=2&page=2")
    assert (len(answer.json), answer.headers["X-Total-Count"]) == (1, "3")
    for bad in ("public=perhaps", "q=public=perhaps", "q=owner=~a", "with_detail=x", "q=name"):
        user.get(f"/projects?{bad}").expect(400)


def test_a_list_asks_as_often_however_long_it_is(people: People, user: Caller) -> None:
    counts = []
    for _ in range(2):
        project = people.new_project(owner=user.person)
        push(project)
        user.get("/projects")
        with counted() as asked:
            user.get("/projects").expect(200)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_whether_there_is_one(people: People, user: Caller, nobody: Caller, admin: Caller) -> None:
    hidden, public = people.new_project(), people.new_project(visibility="public")
    for caller, seen in ((user, 404), (admin, 200), (nobody, 401)):
        caller.call("HEAD", f"/projects?project_name={hidden.name}").expect(seen)
    user.call("HEAD", f"/projects?project_name={public.name}").expect(200)
    user.call("HEAD", "/projects").expect(422)


def test_one_option_at_a_time(people: People) -> None:
    project = people.new_project()
    owner = Caller(people.new_user(project=project, role=Role.PROJECT_ADMIN))
    path = f"/projects/{project.name}/metadatas"
    assert owner.get(f"{path}/").expect(200).json == {"public": "false"}
    owner.post(path, {"auto_scan": "true"}).expect(200)
    assert owner.post(path, {"auto_scan": "false"}).expect(409).code == "CONFLICT"
    assert owner.get(f"{path}/auto_scan").expect(200).json == {"auto_scan": "true"}
    owner.put(f"{path}/auto_scan", {"auto_scan": "false"}).expect(200)
    owner.put(f"{path}/public", {"public": "true"}).expect(200)
    assert owner.get(path).json == {"public": "true", "auto_scan": "false"}
    owner.delete(f"{path}/auto_scan").expect(200)
    owner.delete(f"{path}/public").expect(200)
    assert owner.get(path).json == {"public": "false"}
    for method in ("GET", "DELETE"):
        owner.call(method, f"{path}/auto_scan").expect(404)
    owner.put(f"{path}/auto_scan", {"auto_scan": "true"}).expect(404)


@pytest.mark.parametrize(
    "body",
    [{}, {"auto_scan": "true", "severity": "low"}, {"unknown": "x"}, {"auto_scan": True}, [], "x", {"public": None}],
)
def test_bad_options(people: People, body: Any) -> None:
    project = people.new_project()
    owner = Caller(people.new_user(project=project, role=Role.PROJECT_ADMIN))
    owner.post(f"/projects/{project.name}/metadatas", body).expect(400)
    owner.put(f"/projects/{project.name}/metadatas/public", body).expect(400)
    project.refresh_from_db()
    assert (project.metadata, project.visibility) == ({}, "private")


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_who_may(people: People, nobody: Caller, user: Caller, admin: Caller, visibility: str) -> None:
    project = people.new_project(visibility=visibility)
    ranks = by_rank(people, project, nobody, user)
    everybody = 200 if visibility == "public" else None
    path = f"/projects/{project.name}"
    for caller, reads, options, writes in zip(
        [*ranks, admin],
        (everybody or 401, everybody or 403, 200, 200, 200, 200, 200, 200),
        (401, 403, 403, 403, 403, 200, 200, 200),
        (401, 403, 403, 403, 403, 403, 200, 200),
        strict=True,
    ):
        caller.get(path).expect(reads)
        caller.get(f"{path}/summary").expect(reads)
        caller.get(f"{path}/metadatas").expect(options)
        caller.get(f"{path}/metadatas/public").expect(options)
        caller.get(f"{path}/_deletable").expect(writes)
        caller.put(path, {"metadata": {"auto_scan": "true"}}).expect(writes)
        caller.put(f"{path}/metadatas/public", {"public": str(visibility == "public").lower()}).expect(writes)
        if writes != 200:
            caller.post(f"{path}/metadatas", {"severity": "low"}).expect(writes)
            caller.delete(f"{path}/metadatas/public").expect(writes)
            caller.delete(path).expect(writes)
            for unknown in ("/projects/no-such-project", "/projects/999999999"):
                caller.get(unknown).expect(writes)
                caller.put(unknown, {}).expect(writes)
                caller.delete(unknown).expect(writes)
    nobody.post("/projects", {"project_name": unique("p")}).expect(401)
    admin.get("/projects/no-such-project").expect(404)


def test_robots(people: People) -> None:
    project = people.new_project()
    plain = Caller(people.new_robot(project, permissions=[("project", "read"), ("metadata", "update")]))
    plain.get(f"/projects/{project.name}").expect(200)
    plain.post("/projects", {"project_name": unique("p")}).expect(403)
    plain.put(f"/projects/{project.name}", {"metadata": {"auto_scan": "true"}}).expect(403)
    plain.put(f"/projects/{project.name}/metadatas/public", {"public": "true"}).expect(200)
    maker = Caller(people.new_system_robot(permissions=[("project", "create")]))
    made(maker)
