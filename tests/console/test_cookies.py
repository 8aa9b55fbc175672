"""Which cookies the console sets, and with which flags: over TLS they are for TLS alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from http.cookies import Morsel
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.console.conftest import Visitor
from tests.support.people import PASSWORD, People

ROOT = Path(__file__).resolve().parent.parent.parent
# What they say, by the name of the cookie: kept from scripts, and sent along from other sites.
FLAGS = {"sid": (True, "Lax"), "csrftoken": (False, "Strict"), "django_language": (True, "Lax")}
HSTS = 365 * 86400
SECURE = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE", "SECURE_HSTS_SECONDS")
ASKED = f"import json; from portal import settings; print(json.dumps([getattr(settings, one) for one in {SECURE}]))"


@pytest.fixture
def cookies(people: People) -> dict[str, Morsel[str]]:
    """Those of somebody who has signed in and chosen a language."""
    browser, person = Visitor(None), people.new_user()
    browser.get(reverse("admin:login"))
    browser.post(reverse("admin:login"), {"username": person.username, "password": PASSWORD})
    browser.post(reverse("set_language"), {"language": "zh-hans", "next": "/admin/"})
    return dict(browser.cookies.items())


def test_it_works(cookies: dict[str, Morsel[str]]) -> None:
    told = {name: (bool(each["httponly"]), each["samesite"]) for name, each in cookies.items() if each.value}
    assert told == FLAGS


def test_the_language_stays_for_a_year_and_the_session_for_an_hour(cookies: dict[str, Morsel[str]]) -> None:
    assert (cookies["django_language"]["max-age"], cookies["sid"]["max-age"]) == (365 * 86400, 3600)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://registry.example.com", [True, True, True, HSTS]),
        ("http://registry.example.com", [False, False, False, 0]),
    ],
)
def test_where_the_address_is_https_cookies_are_for_tls_alone(tmp_path: Path, url: str, wanted: list[object]) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTOLAN_")}
    environment = {**kept, "PORTOLAN_DATA": str(tmp_path), "PORTOLAN_EXTERNAL_URL": url}
    done = subprocess.run([sys.executable, "-c", ASKED], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert json.loads(done.stdout) == wanted


def test_they_are_sent_as_they_are_set(settings: Any, request: pytest.FixtureRequest) -> None:
    for name in SECURE:
        setattr(settings, name, HSTS if name == "SECURE_HSTS_SECONDS" else True)
    sent: dict[str, Morsel[str]] = request.getfixturevalue("cookies")
    assert all(each["secure"] for each in sent.values())
    answer = Client().get(reverse("admin:login"), secure=True)
    assert answer["Strict-Transport-Security"] == f"max-age={HSTS}"
