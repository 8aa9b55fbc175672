"""The people of these tests: root runs the system, alice has the private project team, bob is its guest, mallory a
stranger. The project open is public and alice's too. The robot of team may pull and push below team/app."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from django.http import HttpResponse
from django.test import Client

from accounts import lockout
from accounts.actors import SYSTEM, Actor, actor_of
from accounts.models import Project, Robot, User
from accounts.permissions import Role
from accounts.robots import Access
from accounts.services.members import add_member
from accounts.services.projects import create_project
from accounts.services.robots import create_robot
from accounts.services.users import create_user

PASSWORD = "Correct-horse-1"
SERVICE = "harbor-registry"
ADDRESS = "192.0.2.7"


@dataclass
class World:
    root: User
    alice: User
    bob: User
    mallory: User
    team: Project
    open: Project
    robot: Robot
    secret: str

    def actor(self, name: str) -> Actor:
        """As the row is now."""
        return actor_of(User.objects.get(username=name))


@dataclass
class Door:
    """The registry's routes, as a client on the lean handler meets them."""

    client: Client

    def get_token(
        self, *scopes: str, user: str = "", password: str = PASSWORD, service: str = SERVICE, **parameters: str
    ) -> HttpResponse:
        query = {"service": service, "scope": list(scopes), **parameters}
        return self.client.get("/service/token", query, headers=basic(user, password) if user else {})

    def post_token(self, **fields: Any) -> HttpResponse:
        form = {"service": SERVICE, "client_id": "test", **fields}
        return self.client.post("/service/token", urlencoded(form), content_type="application/x-www-form-urlencoded")

    def ping(self, authorization: str = "", **headers: str) -> HttpResponse:
        given = {"authorization": authorization} if authorization else {}
        return self.client.get("/v2/", headers={**given, **headers})


def urlencoded(form: dict[str, Any]) -> str:
    from urllib.parse import urlencode

    return urlencode(form, doseq=True)


def basic(user: str, password: str = PASSWORD) -> dict[str, str]:
    return {"authorization": basic_value(user, password)}


def basic_value(user: str, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def claims_of(response: HttpResponse) -> dict[str, Any]:
    """What the token in a 200 answer says, without asking whether it is genuine."""
    assert response.status_code == 200, response.content
    return jwt.decode(response.json()["access_token"], options={"verify_signature": False})


def access_of(response: HttpResponse) -> dict[str, list[str]]:
    """``{"type:name": actions}`` of the token in a 200 answer."""
    return {f"{entry['type']}:{entry['name']}": entry["actions"] for entry in claims_of(response)["access"]}


@pytest.fixture
def committing(django_capture_on_commit_callbacks: Any) -> Callable[[], AbstractContextManager[Any]]:
    """``with committing(): …`` does at its end what would follow the commit of the changes within."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def world(db: None, committing: Any) -> World:
    def user(name: str, **options: Any) -> User:
        return create_user(actor=SYSTEM, username=name, password=PASSWORD, email=f"{name}@example.org", **options)

    with committing():
        root, alice, bob, mallory = user("root", is_sysadmin=True), user("alice"), user("bob"), user("mallory")
        team = create_project(actor=actor_of(alice), name="team")
        public = create_project(actor=actor_of(alice), name="open", visibility="public")
        add_member(actor=actor_of(alice), project=team, role=Role.GUEST, user=bob)
        robot, secret = create_robot(
            actor=SYSTEM,
            name="ci",
            project=team,
            permissions=[Access("project", "team", "repository", action) for action in ("pull", "push")],
            repository_patterns=["team/app*"],
        )
    return World(root, alice, bob, mallory, team, public, robot, secret)


@pytest.fixture
def door(settings: Any) -> Door:
    settings.ROOT_URLCONF = "portal.urls_registry"
    settings.MIDDLEWARE = []
    return Door(Client(REMOTE_ADDR=ADDRESS))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(lockout, "now", lambda: clock.moment)
    return clock


class Clock:
    """The lock-out's time, which passes only when a test says so."""

    def __init__(self) -> None:
        self.moment = 1_000_000.0

    def passes(self, seconds: float) -> None:
        self.moment += seconds
        # What this process saw a moment ago it would not believe after a real wait.
        lockout.forget_all()
