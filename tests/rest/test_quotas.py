"""Quotas and totals over the REST API (Harbor's tags ``quota`` and ``statistic``)."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Project
from accounts.permissions import Role
from registry_api.models import Repository, UsageDelta
from registry_api.services.quota import fold_usage
from tests.rest.conftest import Caller
from tests.support.people import People
from tests.support.queries import counted


def use(project: Project, amount: int) -> None:
    UsageDelta.objects.create(project=project, amount=amount)


def test_reading_and_changing_one(admin: Caller, people: People) -> None:
    project = people.new_project(storage_limit=1000)
    path = f"/quotas/{project.pk}"
    use(project, 500)
    fold_usage()
    use(project, -100)
    use(project, 20)
    shown = admin.get(path).expect(200).json
    assert (shown["hard"], shown["used"]) == ({"storage": 1000}, {"storage": 420})
    assert (shown["ref"]["id"], shown["ref"]["name"]) == (project.pk, project.name)
    admin.put(path, {"hard": {"storage": -1}}).expect(200)
    assert admin.get(path).json["hard"] == {"storage": -1}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"hard": {}}, 422),
        ({"hard": {"storage": "1"}}, 422),
        ({"hard": {"storage": 0}}, 400),
        ({"hard": {"storage": -2}}, 400),
        ({"hard": {"storage": 2**63}}, 422),
        ({"hard": [1]}, 422),
    ],
    ids=str,
)
def test_a_bad_limit_is_refused(admin: Caller, people: People, body: dict[str, Any], status: int) -> None:
    project = people.new_project(storage_limit=1000)
    admin.put(f"/quotas/{project.pk}", body).expect(status)
    project.refresh_from_db()
    assert project.storage_limit == 1000


def test_the_list(admin: Caller, people: People) -> None:
    small, large = people.new_project(storage_limit=10), people.new_project(storage_limit=20)
    use(small, 9)
    use(large, 1)
    fold_usage()
    use(large, 1)

    def ids(query: str) -> list[int]:
        listed = [each["id"] for each in admin.get(f"/quotas?page_size=100{query}").expect(200).json]
        return [found for found in listed if found in (small.pk, large.pk)]

    assert ids("&sort=hard.storage") == ids("&sort=-used.storage") == [small.pk, large.pk]
    assert ids("") == ids("&sort=used.storage") == [large.pk, small.pk]
    assert ids(f"&reference=project&reference_id={small.pk}") == [small.pk]
    assert ids("&reference=user") == []
    admin.get("/quotas?reference_id=x").expect(400)


def test_the_list_asks_as_often_however_long_it_is(admin: Caller, people: People) -> None:
    counts = []
    for _ in range(2):
        use(people.new_project(), 5)
        admin.get("/quotas")
        with counted() as asked:
            admin.get("/quotas").expect(200)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_who_may(people: People, nobody: Caller, user: Caller, admin: Caller) -> None:
    project = people.new_project()
    owner = Caller(people.new_user(project=project, role=Role.PROJECT_ADMIN))
    robot = Caller(people.new_system_robot(permissions=[("quota", "read"), ("quota", "list")]))
    for caller, status in ((nobody, 401), (user, 403), (owner, 403)):
        caller.get("/quotas").expect(status)
        for path in (f"/quotas/{project.pk}", "/quotas/999999999"):
            caller.get(path).expect(status)
            caller.put(path, {"hard": {"storage": -1}}).expect(status)
    robot.get("/quotas").expect(200)
    robot.get(f"/quotas/{project.pk}").expect(200)
    robot.put(f"/quotas/{project.pk}", {"hard": {"storage": 5}}).expect(403)
    admin.get("/quotas/999999999").expect(404)
    admin.get("/quotas/x").expect(422)


def test_totals(people: People, nobody: Caller, user: Caller, admin: Caller) -> None:
    before = admin.get("/statistics").expect(200).json
    mine = people.new_project(owner=user.person)
    public, hidden = people.new_project(visibility="public"), people.new_project()
    for project in (mine, mine, public, hidden):
        name = f"{project.name}/{Repository.objects.count()}"
        Repository.objects.create(project=project, name=name, push_time=timezone.now())
    use(hidden, 700)
    seen = user.get("/statistics").expect(200).json
    public_before = before["public_project_count"]
    assert (seen["private_project_count"], seen["private_repo_count"]) == (1, 2)
    assert (seen["public_project_count"], seen["public_repo_count"]) == (public_before + 1, 1)
    assert (seen["total_project_count"], seen["total_repo_count"], seen["total_storage_consumption"]) == (0, 0, 0)
    after = admin.get("/statistics").json
    assert {key: after[key] - before[key] for key in after} == {
        "private_project_count": 2,
        "private_repo_count": 3,
        "public_project_count": 1,
        "public_repo_count": 1,
        "total_project_count": 3,
        "total_repo_count": 4,
        "total_storage_consumption": 700,
    }
    nobody.get("/statistics").expect(401)
