"""Exploring the API in a browser: its pages, their links and forms, the document and the page that shows it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from accounts.models import Project
from accounts.rest.bodies import MOST_BYTES, JsonParser
from tests.rest.conftest import Browser, Caller
from tests.rest.pushing import push_random
from tests.support.people import PASSWORD

HTML = {"Accept": "text/html,application/xhtml+xml"}
SELF_ONLY = "default-src 'self'"


def signed_in(caller: Caller) -> Browser:
    browser = Browser()
    assert browser.post("/c/login", {"principal": caller.name, "password": PASSWORD}).status_code == 200
    return browser


def page(browser: Browser, path: str, status: int = 200) -> str:
    answer = browser.get(path, headers=HTML)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith(SELF_ONLY)
    return str(answer.content.decode())


def links(html: str) -> set[str]:
    return set(re.findall(r'href="(/api/v2\.0[^"]*)"', html))


def raw_form(html: str) -> str:
    (content,) = re.findall(r"<textarea[^>]*>\s*([^<]*)</textarea>", html)
    return str(content).replace("&quot;", '"')


def test_it_is_called_by_the_products_name(user: Caller) -> None:
    html = page(signed_in(user), "/api/v2.0/users/current")
    assert re.search(r"<title>\s*Current User · Portolan\s*</title>", html)
    assert '<html lang="en">' in html
    assert "Django REST framework" not in html
    assert "Unknown" not in html


def test_its_language(user: Caller) -> None:
    browser = signed_in(user)
    answer = browser.get("/api/v2.0/users/current", headers={**HTML, "Accept-Language": "zh-hans"})
    assert '<html lang="zh-hans">' in answer.content.decode()


def test_the_beginning_for_people_and_for_clients(nobody: Caller) -> None:
    for path in ("", "/"):
        listed = nobody.get(path).expect(200).json
    assert {"tag", "operation", "summary", "method", "path", "opens"} == set(listed[0])
    assert ("GET", "/api/v2.0/projects") in {(each["method"], each["path"]) for each in listed}
    html = page(Browser(), "/api/v2.0/")
    assert {each["path"] for each in listed if each["opens"]} <= links(html)
    assert 'href="/api/docs/#/project/listProjects"' in html
    assert nobody.post("").expect(405).code == "METHOD_NOT_ALLOWED"


def test_where_one_is(admin: Caller, project: Project) -> None:
    push_random(admin, f"{project.name}/group/app", "v1")
    artifacts = f"/api/v2.0/projects/{project.name}/repositories/group%252Fapp/artifacts"
    html = page(signed_in(admin), artifacts)
    (crumbs,) = re.findall(r'<ul class="breadcrumb">(.*?)</ul>', html, re.DOTALL)
    assert re.findall(r'href="([^"]*)"', crumbs) == [
        "/api/v2.0/",
        "/api/v2.0/projects",
        f"/api/v2.0/projects/{project.name}",
        f"/api/v2.0/projects/{project.name}/repositories",
        f"/api/v2.0/projects/{project.name}/repositories/group%252Fapp",
        artifacts,
    ]


def test_from_the_projects_down_to_a_tag(admin: Caller, project: Project) -> None:
    digest = push_random(admin, f"{project.name}/group/app", "v1").digest
    browser = signed_in(admin)
    here = f"/api/v2.0/projects/{project.pk}"
    way = [
        here,
        f"{here}/repositories",
        f"{here}/repositories/group%252Fapp",
        f"{here}/repositories/group%252Fapp/artifacts",
        f"{here}/repositories/group%252Fapp/artifacts/{digest}",
        f"{here}/repositories/group%252Fapp/artifacts/{digest}/tags",
        f"{here}/repositories/group%252Fapp/artifacts/{digest}/tags/v1",
    ]
    html = page(browser, "/api/v2.0/projects")
    for step in way[:-1]:
        assert step in links(html)
        html = page(browser, step)
    assert way[-1] in links(html)
    assert "DELETE" in page(browser, way[-1], 405)


def test_pages_of_a_list_lead_to_each_other(admin: Caller, user: Caller) -> None:
    browser = signed_in(admin)
    first = page(browser, "/api/v2.0/users?page_size=1")
    assert 'href="/api/v2.0/users?page=2&amp;page_size=1" rel="next"' in first
    assert 'rel="prev"' not in first
    assert 'href="/api/v2.0/users?page=1&amp;page_size=1" rel="prev"' in page(
        browser, "/api/v2.0/users?page_size=1&page=2"
    )


def test_forms_hold_what_there_is(admin: Caller) -> None:
    made = admin.post("/labels", {"name": "deep", "scope": "g", "color": "#0000ff"}).expect(201)
    html = page(signed_in(admin), made.headers["Location"])
    assert json.loads(raw_form(html)) == {"name": "deep", "description": "", "color": "#0000ff"}
    assert re.search(r'name="color"[^>]*value="#0000ff"', html)


def test_the_form_of_the_configuration_holds_its_values(admin: Caller, settings: Any) -> None:
    settings.CONFIGURATION = {"read_only": False}
    held = json.loads(raw_form(page(signed_in(admin), "/api/v2.0/configurations")))
    assert held["token_expiration"] == 30
    assert held["read_only"] is None, "what the environment fixes is left as it is"
    admin.put("/configurations", held).expect(200)


def test_a_form_for_something_new(admin: Caller) -> None:
    html = page(signed_in(admin), "/api/v2.0/usergroups")
    assert json.loads(raw_form(html)) == {"group_name": "", "group_type": 0, "ldap_group_dn": ""}
    assert 'name="group_name"' in html


def test_what_no_form_can_give_is_in_none(admin: Caller, owner: Caller, project: Project) -> None:
    html = page(signed_in(owner), f"/api/v2.0/projects/{project.pk}")
    assert 'name="storage_limit"' in html
    assert "not currently supported" not in html
    robots = page(signed_in(admin), "/api/v2.0/robots")
    assert "post-object-form" not in robots
    assert '"permissions": []' in raw_form(robots)


def test_a_refused_form_still_holds_what_was_sent(admin: Caller) -> None:
    browser = signed_in(admin)
    token = browser.get("/api/v2.0/labels?scope=g").headers["X-Harbor-CSRF-Token"]
    headers = {**HTML, "X-Harbor-CSRF-Token": token}
    for body in ('{"name": "x", "scope": "neither"}', "{no json", "[1]"):
        answer = browser.post("/api/v2.0/labels", body, content_type="application/json", headers=headers)
        assert answer.status_code in (400, 422)
        sent = json.loads(raw_form(answer.content.decode()))
        assert sent["scope"] == ("neither" if "neither" in body else "")


def test_what_was_refused_unread_stays_unread(admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = signed_in(admin)
    token = browser.get("/api/v2.0/labels?scope=g").headers["X-Harbor-CSRF-Token"]
    headers = {**HTML, "X-Harbor-CSRF-Token": token}
    monkeypatch.setattr(JsonParser, "parse", lambda *_arguments: pytest.fail("it was read"))
    answer = browser.post("/api/v2.0/labels", b" " * (MOST_BYTES + 1), content_type="application/json", headers=headers)
    assert answer.status_code == 413


def test_a_refused_password_is_not_shown_again(user: Caller) -> None:
    browser = signed_in(user)
    token = browser.get("/api/v2.0/users/current").headers["X-Harbor-CSRF-Token"]
    body = {"old_password": PASSWORD, "new_password": "weakhorse"}
    headers = {**HTML, "X-Harbor-CSRF-Token": token}
    path = f"/api/v2.0/users/{user.id}/password"
    answer = browser.put(path, body, content_type="application/json", headers=headers)
    assert answer.status_code == 400
    page_of_it = answer.content.decode()
    assert "horse" not in page_of_it
    assert page_of_it.count('type="password"') == 2


def test_signing_in_by_harbors_address_has_a_form_too(user: Caller) -> None:
    html = page(Browser(), "/c/login", 405)
    assert 'name="principal"' in html
    assert re.findall(r"<textarea[^>]*>\s*([^<]*)</textarea>", html) == [""]


def test_what_was_made_is_linked(admin: Caller) -> None:
    browser = signed_in(admin)
    token = browser.get("/api/v2.0/labels?scope=g").headers["X-Harbor-CSRF-Token"]
    headers = {**HTML, "X-Harbor-CSRF-Token": token}
    body = {"name": "x", "scope": "g"}
    answer = browser.post("/api/v2.0/labels", body, content_type="application/json", headers=headers)
    assert answer.status_code == 201
    assert answer.headers["Location"] in links(answer.content.decode())


def test_a_page_without_a_session_offers_to_sign_in(nobody: Caller) -> None:
    """And does not have the browser ask for a password, which it would send for any other site, too."""
    path = "/api/v2.0/users/current?x=1"
    assert "WWW-Authenticate" in nobody.get("/users/current").headers
    assert "WWW-Authenticate" not in Browser().get(path, headers=HTML).headers
    html = page(Browser(), path, 401)
    assert 'href="/api/sign-in/?next=/api/v2.0/users/current%3Fx%3D1"' in html


@pytest.mark.parametrize("caller", ["user", "admin"])
def test_signing_in_and_out(request: pytest.FixtureRequest, caller: str) -> None:
    """For everybody who has an account."""
    person: Caller = request.getfixturevalue(caller)
    browser = Browser()
    form = browser.get("/api/sign-in/?next=/api/v2.0/users/current").content.decode()
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    fields = {"username": person.name, "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = browser.post("/api/sign-in/", {**fields, "next": "/api/v2.0/users/current"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/api/v2.0/users/current")
    html = page(browser, "/api/v2.0/users/current")
    assert person.name in html
    (address,) = re.findall(r'action="(/api/sign-out/[^"]*)"', html)
    assert browser.get(address).status_code == 405
    assert browser.post(address).status_code == 403
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', html)[:1]
    assert browser.post(address, {"csrfmiddlewaretoken": token}).headers["Location"] == "/api/v2.0/users/current"
    assert browser.get("/api/v2.0/users/current").status_code == 401


def test_signing_in_leads_nowhere_else(user: Caller) -> None:
    browser = Browser()
    form = browser.get("/api/sign-in/").content.decode()
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    fields = {"username": user.name, "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = browser.post("/api/sign-in/", {**fields, "next": "https://example.com/"})
    assert answer.headers["Location"] == "/api/v2.0"


def test_a_wrong_password_tells_nothing_of_staff(user: Caller) -> None:
    browser = Browser()
    form = browser.get("/api/sign-in/").content.decode()
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    fields = {"username": user.name, "password": "wrong", "csrfmiddlewaretoken": token}
    html = browser.post("/api/sign-in/", fields).content.decode()
    assert "Please enter a correct" in html
    assert "staff" not in html


def test_the_document(nobody: Caller) -> None:
    answer = nobody.send("GET", "/api/openapi.json").expect(200)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json["openapi"].startswith("3.0")
    assert answer.json["servers"] == [{"url": "/api/v2.0"}]
    known = answer.headers["ETag"]
    assert nobody.send("GET", "/api/openapi.json", **{"If-None-Match": known}).expect(304).body == b""


def test_the_page_that_shows_it(user: Caller) -> None:
    html = page(Browser(), "/api/docs/")
    assert 'data-csrf-token=""' in html
    assert re.findall(r'(?:src|href)="(https?:)?//', html) == []
    assert re.search(r'data-csrf-token="[0-9a-f]{64}"', page(signed_in(user), "/api/docs/"))
    for path in ("/devcenter-api-2.0", "/devcenter-api-2.0/"):
        answer = Browser().get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/api/docs/")


def test_what_a_name_holds_is_no_markup(admin: Caller) -> None:
    admin.post("/usergroups", {"group_name": "<script>alert(1)</script>"}).expect(201)
    assert "<script>alert" not in page(signed_in(admin), "/api/v2.0/usergroups")
