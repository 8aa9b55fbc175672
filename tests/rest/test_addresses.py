"""Addresses of the REST API: with and without a slash, unknown ones, and what a browser gets to see."""

from __future__ import annotations

import pytest

from accounts.models import Project
from tests.rest.conftest import Browser, Caller
from tests.rest.pushing import push_random
from tests.support.people import PASSWORD


@pytest.mark.parametrize("path", ["/ping", "/ping/"])
def test_ping(nobody: Caller, path: str) -> None:
    answer = nobody.get(path).expect(200)
    assert (answer.body, answer.headers["Content-Type"]) == (b"Pong", "text/plain; charset=utf-8")
    assert nobody.call("HEAD", path).expect(200).body == b""


@pytest.mark.parametrize("path", ["/users", "/users/", "/users/current", "/users/current/"])
def test_a_slash_at_the_end_makes_no_difference(admin: Caller, path: str) -> None:
    admin.get(path).expect(200)


@pytest.mark.parametrize("path", ["/nothing", "/users/1/nothing", "/users//", "/../v2", "/%00", "/\u4e2d"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
def test_an_unknown_address(nobody: Caller, admin: Caller, path: str, method: str) -> None:
    for caller in (nobody, admin):
        answer = caller.call(method, path).expect(404)
        assert (answer.code, answer.headers["Content-Type"]) == ("NOT_FOUND", "application/json; charset=utf-8")


def test_every_answer_has_a_request_id(nobody: Caller) -> None:
    assert nobody.get("/ping", **{"X-Request-Id": "abc-1"}).headers["X-Request-Id"] == "abc-1"
    assert nobody.get("/users/current").headers["X-Request-Id"]


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/plain", "application/xml", "", "nonsense"])
def test_clients_get_json_whatever_they_accept(user: Caller, accept: str) -> None:
    answer = user.get("/users/current", Accept=accept).expect(200)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


def test_a_format_in_the_address(user: Caller) -> None:
    for word in ("json", "xml"):
        user.get(f"/users/current?format={word}").expect(200)


def test_a_browser_gets_a_page_to_explore(user: Caller) -> None:
    browser = Browser()
    browser.post("/c/login", {"principal": user.name, "password": PASSWORD})
    for path, status in {"/users/current": 200, f"/users/{user.id}": 200, "/users": 403, "/nothing": 404}.items():
        page = browser.get(f"/api/v2.0{path}", headers={"Accept": "text/html,application/xhtml+xml"})
        assert page.status_code == status
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    page = browser.get(f"/api/v2.0/users/{user.id}", headers={"Accept": "text/html"}).content.decode()
    assert user.name in page
    assert "csrfmiddlewaretoken" in page or "csrfToken" in page


def test_a_browser_sees_lists_with_rows(admin: Caller, project: Project) -> None:
    push_random(admin, f"{project.name}/app", "v1")
    admin.post("/labels", {"name": "g", "scope": "g"}).expect(201)
    admin.post("/usergroups", {"group_name": "g"}).expect(201)
    browser = Browser()
    browser.post("/c/login", {"principal": admin.name, "password": PASSWORD})
    app = f"/projects/{project.name}/repositories/app"
    for path in (
        *(
            "/users",
            f"/users/search?username={admin.name}",
            "/projects",
            "/repositories",
            "/labels?scope=g",
            "/usergroups",
        ),
        *("/quotas", "/audit-logs", "/auditlog-exts", "/auditlog-exts/events", "/permissions", "/statistics"),
        *(app, f"{app}/artifacts", f"{app}/artifacts/v1", f"{app}/artifacts/v1/tags", f"/search?q={project.name}"),
        *(f"/projects/{project.name}/repositories", f"/projects/{project.name}/artifacts", "/systeminfo"),
    ):
        shown = admin.get(path).expect(200)
        assert shown.json
        page = browser.get(f"/api/v2.0{path}", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8"), path


def test_a_fault_tells_nothing(user: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fault(*_arguments: object) -> None:
        raise ValueError("a secret")

    monkeypatch.setattr("accounts.rest.users.show", fault)
    answer = user.get("/users/current").expect(500)
    assert answer.code == "UNKNOWN"
    assert answer.headers["X-Request-Id"] in answer.message
    assert "a secret" not in answer.message
    assert "a secret" in caplog.text


def test_a_database_that_is_away(user: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def away(*_arguments: object) -> None:
        raise OperationalError("connection refused at 10.0.0.7")

    monkeypatch.setattr("accounts.rest.users.show", away)
    answer = user.get("/users/current").expect(503)
    assert answer.headers["Retry-After"]
    assert "10.0.0.7" not in answer.message
