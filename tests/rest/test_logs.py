"""The audit record over the REST API (Harbor's tag ``auditlog``, and the logs of a project)."""

from __future__ import annotations

import ast
from pathlib import Path
from urllib.parse import quote

import accounts
import registry_api
from accounts.models import Project
from audit.events import EVENTS
from audit.models import AuditLog
from tests.rest.conftest import Browser, Caller, by_rank
from tests.rest.pushing import push_random
from tests.support.people import PASSWORD, People


def test_a_push_in_both_forms(owner: Caller, project: Project) -> None:
    push_random(owner, f"{project.name}/app", "v1")
    for path, more in (
        ("logs", {}),
        (
            "auditlog-exts",
            {"operation_description": f"create artifact: {project.name}/app:v1", "operation_result": True},
        ),
    ):
        shown = owner.get(f"/projects/{project.name}/{path}").expect(200).json[0]
        assert {key: value for key, value in shown.items() if key not in ("id", "op_time")} == {
            "username": owner.name,
            "resource": f"{project.name}/app:v1",
            "resource_type": "artifact",
            "operation": "create",
            **more,
        }


def test_queries(owner: Caller, admin: Caller, project: Project) -> None:
    push_random(owner, f"{project.name}/app", "v1")
    path = f"/projects/{project.name}/logs?q="
    total = len(owner.get(path).json)
    created = owner.get(f"{path}operation=create").json
    assert 0 < len(created) <= total
    assert {each["operation"] for each in created} == {"create"}
    assert len(owner.get(f"{path}operation=create_artifact").json) == 1
    assert len(owner.get(path + quote("operation={create_artifact delete_artifact}")).json) == 1
    assert owner.get(f"{path}operation=delete").json == []
    assert len(owner.get(f"{path}resource=~app:v1").json) == 1
    assert owner.get(path + quote("op_time=[2020-01-01T00:00:00~2020-12-31T00:00:00]")).json == []
    assert len(owner.get(path + quote("op_time=[2020-01-01T00:00:00~]")).json) == total
    newest = owner.get(f"{path}&page_size=1").expect(200)
    assert newest.json[0]["operation"] == "create"
    assert newest.headers["X-Total-Count"] == str(total)


def test_everybody_reads_what_is_theirs(owner: Caller, user: Caller, admin: Caller, project: Project) -> None:
    push_random(owner, f"{project.name}/app", "v1")
    for path in ("/audit-logs", "/auditlog-exts"):
        mine = {each["id"] for each in owner.get(f"{path}?page_size=100").expect(200).json}
        assert mine == set(AuditLog.objects.filter(project_id=project.pk).values_list("pk", flat=True))
        assert user.get(path).expect(200).json == []
        total = int(admin.get(path).headers["X-Total-Count"])
        assert total >= AuditLog.objects.count() - 1 > len(mine)


def test_who_may(people: People, nobody: Caller, user: Caller, admin: Caller) -> None:
    project = people.new_project(visibility="public")
    ranks = by_rank(people, project, nobody, user)
    for caller, status in zip(
        [*ranks, admin],
        (401, 403, 403, 403, 403, 403, 200, 200),
        strict=True,
    ):
        for path in ("logs", "auditlog-exts"):
            caller.get(f"/projects/{project.name}/{path}").expect(status)
            if status != 200:
                caller.get(f"/projects/unknown-project/{path}").expect(status)
    for path in ("/audit-logs", "/auditlog-exts", "/auditlog-exts/events"):
        nobody.get(path).expect(401)
    user.get("/auditlog-exts/events").expect(403)
    assert admin.get("/auditlog-exts/events").expect(200).json == [{"event_type": event} for event in EVENTS]


def test_the_list_of_events_is_whole() -> None:
    """Every name that anything is recorded under, as the source has them."""
    recorded = set()
    for package in (accounts, registry_api):
        for path in Path(package.__file__).parent.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    words = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "operation")]
                    function = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    if function in ("record", "_record"):
                        recorded |= {
                            word.value
                            for word in words
                            if isinstance(word, ast.Constant) and isinstance(word.value, str) and "_" in word.value
                        }
    assert recorded - {"user_group", "immutable_rule", "signing_key", "refresh_token"} <= set(EVENTS)
    assert {"create_artifact", "delete_repository", "update_robot", "logout_user"} <= recorded


def test_signing_out_is_recorded(user: Caller) -> None:
    browser = Browser()
    browser.post("/c/login", {"principal": user.name, "password": PASSWORD})
    browser.get("/c/log_out")
    browser.get("/c/log_out")
    events = AuditLog.objects.filter(username=user.name).order_by("pk").values_list("operation", flat=True)
    assert list(events) == ["login_user", "logout_user"]
