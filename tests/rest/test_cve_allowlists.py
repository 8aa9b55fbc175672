"""Vulnerabilities that are let pass (Harbor's tag ``SystemCVEAllowlist``, and ``cve_allowlist`` of projects)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import CveAllowlist, Project
from accounts.permissions import Role
from audit.models import AuditLog
from tests.rest.conftest import Caller
from tests.support.people import People, unique
from tests.support.queries import counted

SYSTEM = "/system/CVEAllowlist"
LOG4SHELL, GHSA, RED_HAT = "CVE-2021-44228", "GHSA-jfh8-c2jp-5v3q", "RHSA-2021:5132"


def allowlist(*cve_ids: str, **more: Any) -> dict[str, Any]:
    return {"items": [{"cve_id": cve_id} for cve_id in cve_ids], **more}


def listed(shown: dict[str, Any]) -> list[str]:
    return [item["cve_id"] for item in shown["items"]]


def of_project(caller: Caller, project: Project) -> dict[str, Any]:
    found: dict[str, Any] = caller.get(f"/projects/{project.name}").expect(200).json["cve_allowlist"]
    return found


def test_that_of_the_system(admin: Caller, user: Caller) -> None:
    assert user.get(SYSTEM).expect(200).json == {"project_id": 0, "items": []}
    assert admin.put(SYSTEM, allowlist(LOG4SHELL, GHSA, expires_at=1893456000)).expect(200).body == b""
    shown = user.get(SYSTEM).json
    assert (listed(shown), shown["expires_at"], shown["project_id"]) == ([LOG4SHELL, GHSA], 1893456000, 0)
    admin.put(SYSTEM, allowlist(RED_HAT)).expect(200)
    again = user.get(SYSTEM).json
    assert (listed(again), "expires_at" in again, again["id"]) == ([RED_HAT], False, shown["id"])
    record = AuditLog.objects.filter(operation="update_cve_allowlist").latest("pk")
    assert (record.username, record.resource, record.project_id) == (admin.name, "system", None)
    assert record.detail["before"]["cve_ids"] == [LOG4SHELL, GHSA]
    admin.put(SYSTEM, shown).expect(200)  # as it was shown, with all that clients send back
    assert listed(user.get(SYSTEM).json) == [LOG4SHELL, GHSA]
    admin.put(SYSTEM, {}).expect(200)
    assert listed(user.get(SYSTEM).json) == []


def test_that_of_a_project(owner: Caller, admin: Caller, project: Project) -> None:
    assert of_project(owner, project) == {"project_id": project.pk, "items": []}
    admin.put(SYSTEM, allowlist(GHSA)).expect(200)
    path = f"/projects/{project.name}"
    owner.put(path, {"cve_allowlist": allowlist(LOG4SHELL, expires_at=0)}).expect(200)
    shown = of_project(owner, project)
    assert (listed(shown), shown["expires_at"], shown["project_id"]) == ([LOG4SHELL], 0, project.pk)
    whole = owner.get(path).json
    owner.put(path, {"metadata": {**whole["metadata"], "reuse_sys_cve_allowlist": "false"}}).expect(200)
    assert of_project(owner, project) == shown
    owner.put(path, {"cve_allowlist": allowlist(RED_HAT, project_id=0)}).expect(200)
    owner.put(path, {"cve_allowlist": None}).expect(200)
    assert owner.get(path).json["metadata"]["reuse_sys_cve_allowlist"] == "false"
    assert listed(of_project(owner, project)) == [RED_HAT]
    record = AuditLog.objects.filter(operation="update_cve_allowlist").latest("pk")
    assert (record.resource, record.project_id) == (project.name, project.pk)
    assert listed(admin.get(SYSTEM).json) == [GHSA]
    found = {each["name"]: each["cve_allowlist"] for each in owner.get("/projects").json}
    assert listed(found[project.name]) == [RED_HAT]
    owner.delete(path).expect(200)
    assert CveAllowlist.objects.count() == 1


def test_a_new_project_may_have_one(user: Caller) -> None:
    names = [unique("project") for _ in range(3)]
    for name, given in zip(names, (allowlist(LOG4SHELL), allowlist(), None), strict=True):
        user.post("/projects", {"project_name": name, "cve_allowlist": given}).expect(201)
    assert [listed(user.get(f"/projects/{name}").json["cve_allowlist"]) for name in names] == [[LOG4SHELL], [], []]
    refused = unique("project")
    user.post("/projects", {"project_name": refused, "cve_allowlist": allowlist("no id")}).expect(400)
    assert not Project.objects.filter(name=refused).exists()


BAD = {
    "no id": (allowlist(""), 400),
    "a blank": (allowlist(" "), 400),
    "a blank in front": (allowlist(f" {LOG4SHELL}"), 400),
    "two in one": (allowlist(f"{LOG4SHELL},{GHSA}"), 400),
    "a line behind": (allowlist(f"{LOG4SHELL}\n"), 400),
    "letters of another alphabet": (allowlist("СVE-2021-44228"), 400),
    "too long": (allowlist("C" * 129), 400),
    "NUL": (allowlist("CVE\0"), 422),
    "twice": (allowlist(LOG4SHELL, GHSA, LOG4SHELL), 400),
    "too many": (allowlist(*(f"CVE-2021-{number}" for number in range(5001))), 400),
    "a number": ({"items": [{"cve_id": 5}]}, 422),
    "nothing": ({"items": [{}]}, 422),
    "null": ({"items": [None]}, 422),
    "a text": ({"items": [LOG4SHELL]}, 422),
    "no list": ({"items": {"cve_id": LOG4SHELL}}, 422),
    "before 1970": (allowlist(LOG4SHELL, expires_at=-1), 400),
    "after all time": (allowlist(LOG4SHELL, expires_at=10**15), 400),
    "beyond numbers": (allowlist(LOG4SHELL, expires_at=10**30), 422),
    "a date": (allowlist(LOG4SHELL, expires_at="2030-01-01"), 422),
    "a truth": (allowlist(LOG4SHELL, expires_at=True), 422),
    "another project's": (allowlist(LOG4SHELL, project_id=10**9), 400),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_one_changes_nothing(admin: Caller, owner: Caller, project: Project, case: str) -> None:
    given, status = BAD[case]
    owner.put(f"/projects/{project.name}", {"cve_allowlist": allowlist(GHSA)}).expect(200)
    body = {"cve_allowlist": given, "metadata": {"public": "true", "auto_scan": "true"}}
    owner.put(f"/projects/{project.name}", body).expect(status)
    shown = owner.get(f"/projects/{project.name}").json
    assert (listed(shown["cve_allowlist"]), shown["metadata"]) == ([GHSA], {"public": "false"})
    if case != "another project's":
        admin.put(SYSTEM, given).expect(status)
        assert listed(admin.get(SYSTEM).json) == []


def test_there_is_one_of_the_system(admin: Caller) -> None:
    admin.put(SYSTEM, allowlist(GHSA)).expect(200)
    with pytest.raises(IntegrityError), transaction.atomic():
        CveAllowlist.objects.create(project=None)


def test_a_list_of_projects_asks_as_often_however_long_it_is(owner: Caller, people: People) -> None:
    counts = []
    for _ in range(2):
        assert owner.person
        project = people.new_project(owner.person)
        owner.put(f"/projects/{project.name}", {"cve_allowlist": allowlist(GHSA)}).expect(200)
        owner.get("/projects")
        with counted() as asked:
            owner.get("/projects").expect(200)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_who_may(people: People, admin: Caller, nobody: Caller, user: Caller, project: Project) -> None:
    roles = {role: Caller(people.new_user(project=project, role=role)) for role in Role}
    robot = Caller(people.new_robot(project, permissions=[("project", "update")]))
    for caller in (nobody, user, robot, *roles.values()):
        caller.get(SYSTEM).expect(401 if caller is nobody else 200)
        caller.put(SYSTEM, allowlist(GHSA)).expect(401 if caller is nobody else 403)
    body = {"cve_allowlist": allowlist(LOG4SHELL)}
    for caller, status in ((nobody, 401), (user, 403), (robot, 200), (admin, 200)):
        caller.put(f"/projects/{project.name}", body).expect(status)
    for role, caller in roles.items():
        caller.put(f"/projects/{project.name}", body).expect(200 if role == Role.PROJECT_ADMIN else 403)
    assert admin.get(SYSTEM).json["items"] == []
