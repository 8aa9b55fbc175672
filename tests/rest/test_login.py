"""Signing in and out by Harbor's addresses, and the token that a session's changes have to carry."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from accounts.models import User
from tests.rest.conftest import Browser
from tests.support.people import PASSWORD, People, Person

TOKEN = "X-Harbor-CSRF-Token"


@pytest.fixture
def person(people: People) -> Person:
    return people.new_user()


@pytest.fixture
def browser() -> Browser:
    return Browser()


def sign_in(browser: Browser, name: str, password: str = PASSWORD, **headers: str) -> Any:
    return browser.post("/c/login", {"principal": name, "password": password}, headers=headers)


def rename(browser: Browser, person: Person, **headers: str) -> Any:
    document = {"realname": "Renamed"}
    return browser.put(f"/api/v2.0/users/{person.actor.id}", document, "application/json", headers=headers)


def current(browser: Browser) -> Any:
    return browser.get("/api/v2.0/users/current")


def test_a_session(browser: Browser, person: Person) -> None:
    answer = sign_in(browser, person.username)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.cookies["sid"]["httponly"]
    shown = current(browser)
    assert shown.json()["username"] == person.username
    assert rename(browser, person, **{TOKEN: shown.headers[TOKEN]}).status_code == 200
    assert User.objects.get(pk=person.actor.id).realname == "Renamed"
    assert browser.get("/c/log_out").status_code == 200
    assert current(browser).status_code == 401


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.lower()])
def test_wrong_credentials(browser: Browser, person: Person, password: str) -> None:
    answer = sign_in(browser, person.username, password)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "UNAUTHORIZED")
    assert "sid" not in browser.cookies
    assert sign_in(browser, "nobody", PASSWORD).json() == answer.json()


def test_a_robot_does_not_sign_in(browser: Browser, people: People) -> None:
    robot = people.new_robot()
    assert sign_in(browser, robot.username, robot.password).status_code == 401


def test_who_is_locked_out_is_told_how_long(browser: Browser, person: Person) -> None:
    answers = [sign_in(browser, person.username, "wrong") for _ in range(10)]
    assert answers[-1].status_code == 429
    assert answers[-1].json()["errors"][0]["code"] == "TOO_MANY_REQUEST"
    assert int(answers[-1].headers["Retry-After"]) >= 1


def test_a_change_without_the_token(browser: Browser, person: Person) -> None:
    sign_in(browser, person.username)
    refused = rename(browser, person)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "FORBIDDEN")
    assert User.objects.get(pk=person.actor.id).realname == ""
    # Clients try again with the token that came with the refusal.
    assert rename(browser, person, **{TOKEN: refused.headers[TOKEN]}).status_code == 200


def test_the_token_of_another_session(browser: Browser, person: Person, people: People) -> None:
    other = Browser()
    sign_in(other, people.new_user().username)
    sign_in(browser, person.username)
    for foreign in (current(other).headers[TOKEN], "", "x", "é"):
        assert rename(browser, person, **{TOKEN: foreign}).status_code == 403
    old = current(browser).headers[TOKEN]
    browser.get("/c/log_out")
    sign_in(browser, person.username)
    assert rename(browser, person, **{TOKEN: old}).status_code == 403


def test_the_token_that_djangos_pages_send(browser: Browser, person: Person) -> None:
    sign_in(browser, person.username)
    token = browser.cookies["csrftoken"].value
    assert rename(browser, person, **{"X-CSRFToken": token}).status_code == 200


def test_reading_needs_no_token(browser: Browser, person: Person) -> None:
    sign_in(browser, person.username)
    assert current(browser).status_code == 200
    assert browser.head("/api/v2.0/users/current").status_code == 200


def test_credentials_need_no_token_and_get_no_session(browser: Browser, person: Person) -> None:
    credentials = base64.b64encode(f"{person.username}:{PASSWORD}".encode()).decode()
    answer = rename(browser, person, Authorization=f"Basic {credentials}")
    assert answer.status_code == 200
    assert "sid" not in browser.cookies
    assert TOKEN not in answer.headers


def test_a_page_of_another_site_signs_nobody_in(browser: Browser, person: Person) -> None:
    assert sign_in(browser, person.username, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert sign_in(browser, person.username, **{"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_signing_in_again_inside_a_session_needs_its_token(browser: Browser, person: Person, people: People) -> None:
    sign_in(browser, person.username)
    other = people.new_user()
    assert sign_in(browser, other.username).status_code == 403
    assert sign_in(browser, other.username, **{TOKEN: current(browser).headers[TOKEN]}).status_code == 200
    assert current(browser).json()["username"] == other.username


def test_a_session_that_has_ended_is_in_nobodys_way(browser: Browser, person: Person) -> None:
    browser.cookies["sid"] = "a" * 32
    assert current(browser).status_code == 401
    assert sign_in(browser, person.username).status_code == 200
    assert current(browser).status_code == 200


def test_only_a_browser_without_a_session_is_asked_for_a_password(browser: Browser, person: Person) -> None:
    assert current(browser).headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("header", ["Basic", "Basic x", "Basic eA==", "Bearer x", "Basic \u00e9"])
def test_headers_that_say_nothing(browser: Browser, person: Person, header: str) -> None:
    answer = browser.get("/api/v2.0/users/current", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "UNAUTHORIZED")
