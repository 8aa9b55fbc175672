"""The scanner of a project over the REST API, as long as there is none."""

from __future__ import annotations

import pytest

from accounts.models import Project
from accounts.permissions import Role
from tests.rest.conftest import Caller
from tests.support.people import People

UUID = "8bf1f2a4-6b0e-11f0-9d0c-0242ac120002"


def test_there_is_none(owner: Caller, project: Project) -> None:
    path = f"/projects/{project.name}/scanner"
    for address in (path, f"/projects/{project.pk}/scanner", f"{path}/"):
        assert owner.get(address).expect(200).json == {}
    candidates = owner.get(f"{path}/candidates?page_size=5&q=name=~trivy&sort=name").expect(200)
    assert (candidates.json, candidates.headers["X-Total-Count"]) == ([], "0")
    assert owner.put(path, {"uuid": UUID}).expect(404).code == "NOT_FOUND"


def test_bad_input(owner: Caller, admin: Caller, project: Project) -> None:
    path = f"/projects/{project.name}/scanner"
    for body, status in (({}, 422), ({"uuid": 5}, 422), ({"uuid": None}, 422), ([], 422), ({"uuid": ""}, 404)):
        owner.put(path, body).expect(status)
    owner.put(path, b"no json").expect(400)
    for query, status in (("page=0", 422), ("page_size=101", 422), ("page_size=x", 422), ("q=name", 400)):
        owner.get(f"{path}/candidates?{query}").expect(status)
    owner.get("/projects/no-such-project/scanner").expect(403)
    admin.get("/projects/no-such-project/scanner").expect(404)
    owner.post(path, {"uuid": UUID}).expect(405)


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_who_may(people: People, nobody: Caller, user: Caller, admin: Caller, visibility: str) -> None:
    project = people.new_project(visibility=visibility)
    path = f"/projects/{project.name}/scanner"
    roles = [(Caller(people.new_user(project=project, role=role)), role) for role in Role]
    reader = Caller(people.new_robot(project, permissions=[("scanner", "read")]))
    chooser = Caller(people.new_robot(project, permissions=[("scanner", "create")]))
    seen = 200 if visibility == "public" else 403
    for caller, reads, chooses in (
        (nobody, 401, False),
        (user, seen, False),
        (reader, 200, False),
        (chooser, seen, True),
        (admin, 200, True),
        *((caller, 200, role == Role.PROJECT_ADMIN) for caller, role in roles),
    ):
        refused = 401 if caller is nobody else 403
        caller.get(path).expect(reads)
        caller.get(f"{path}/candidates").expect(200 if chooses else refused)
        caller.put(path, {"uuid": UUID}).expect(404 if chooses else refused)
