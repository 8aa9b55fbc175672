"""Labels over the REST API (Harbor's tag ``label``)."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Project
from audit.models import AuditLog
from registry_api.models import Label
from tests.rest.conftest import Caller, by_rank
from tests.support.people import People, unique


def of(project: Project, **more: Any) -> dict[str, Any]:
    return {"name": unique("label"), "scope": "p", "project_id": project.pk, **more}


def made(caller: Caller, body: dict[str, Any]) -> str:
    return caller.post("/labels", body).expect(201).headers["Location"].removeprefix("/api/v2.0")


def test_making_reading_changing_and_deleting_one(owner: Caller, project: Project) -> None:
    body = of(project, description="for review", color="#FF8800")
    path = made(owner, body)
    shown = owner.get(path).expect(200).json
    assert {key: shown[key] for key in body} == body
    owner.put(path, {**shown, "name": "other", "color": "", "scope": "g", "project_id": 0}).expect(200)
    changed = owner.get(path).json
    assert (changed["name"], changed["color"], changed["scope"], changed["project_id"]) == (
        *("other", "", "p", project.pk),
    )
    owner.delete(path).expect(200)
    owner.get(path).expect(403)
    events = AuditLog.objects.filter(resource_type="label").order_by("pk").values_list("operation", "project_id")
    assert list(events) == [(f"{verb}_label", project.pk) for verb in ("create", "update", "delete")]


def test_a_global_one(admin: Caller, nobody: Caller, user: Caller) -> None:
    path = made(admin, {"name": "reviewed", "scope": "g"})
    assert [each["name"] for each in nobody.get("/labels?scope=g").expect(200).json] == ["reviewed"]
    assert admin.get(path).expect(200).json["scope"] == "g"
    for caller, status in ((nobody, 401), (user, 403)):
        caller.get(path).expect(status)
        caller.put(path, {"name": "x"}).expect(status)
        caller.delete(path).expect(status)
        caller.post("/labels", {"name": "x", "scope": "g"}).expect(status)
    admin.delete(path).expect(200)
    admin.get(path).expect(404)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": ...}, 422),
        ({"name": ""}, 400),
        ({"name": " a"}, 400),
        ({"name": "a" * 129}, 400),
        ({"name": 5}, 422),
        ({"description": "a" * 1025}, 400),
        ({"color": "red"}, 400),
        ({"color": "#12345g"}, 400),
        ({"scope": ...}, 400),
        ({"scope": "x"}, 400),
        ({"project_id": ...}, 400),
        ({"project_id": -1}, 400),
        ({"project_id": "1"}, 422),
        ({"project_id": 10**9}, 403),
    ],
    ids=str,
)
def test_a_bad_one_is_refused(owner: Caller, project: Project, change: dict[str, Any], status: int) -> None:
    owner.post("/labels", {key: value for key, value in of(project, **change).items() if value is not ...}).expect(
        status
    )
    assert not Label.objects.exists()


def test_names_are_taken_where_they_are(owner: Caller, admin: Caller, project: Project, people: People) -> None:
    path = made(owner, of(project, name="same"))
    made(admin, of(people.new_project(), name="same"))
    made(admin, {"name": "same", "scope": "g"})
    for body in (of(project, name="same"), {"name": "same", "scope": "g"}):
        assert admin.post("/labels", body).expect(409).code == "CONFLICT"
    made(owner, of(project, name="other"))
    owner.put(path, {"name": "other"}).expect(409)


def test_the_list(owner: Caller, project: Project, admin: Caller) -> None:
    for name in ("b", "a", "c"):
        made(owner, of(project, name=name))
    path = f"/labels?scope=p&project_id={project.pk}"
    answer = owner.get(f"{path}&page_size=2").expect(200)
    assert ([each["name"] for each in answer.json], answer.headers["X-Total-Count"]) == (["a", "b"], "3")
    assert [each["name"] for each in owner.get(f"{path}&name=c").json] == ["c"]
    assert [each["name"] for each in owner.get(f"{path}&q=name=~b&sort=-name").json] == ["b"]
    for bad in ("", "?scope=x", "?scope=p", "?scope=p&project_id=x", "?scope=p&project_id=-1"):
        admin.get(f"/labels{bad}").expect(400)


def test_who_may(people: People, nobody: Caller, user: Caller, project: Project, admin: Caller) -> None:
    path = made(admin, of(project))
    ranks = by_rank(people, project, nobody, user)
    for caller, reads, writes in zip(
        ranks,
        (401, 403, 403, 200, 200, 200, 200),
        (401, 403, 403, 403, 403, 200, 200),
        strict=True,
    ):
        caller.get(f"/labels?scope=p&project_id={project.pk}").expect(reads)
        caller.get(path).expect(reads)
        caller.put(path, {"description": unique("x")}).expect(writes)
        caller.post("/labels", of(project)).expect(201 if writes == 200 else writes)
        if writes != 200:
            caller.delete(path).expect(writes)
        caller.get("/labels/999999999").expect(401 if caller is nobody else 403)
