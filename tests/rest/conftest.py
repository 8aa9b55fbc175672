"""Callers of the REST API: each answer that they get is held against Harbor's contract and our own document."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client, TestCase
from pytest_django import DjangoDbBlocker

from accounts.models import Project
from accounts.permissions import Role
from tests.portal.conftest import plain_static_files
from tests.rest import document as own
from tests.rest.contract import BASE, check
from tests.support.people import People, Person

__all__ = ["plain_static_files"]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Of an error."""
        return str(self.json["errors"][0]["code"])

    @property
    def message(self) -> str:
        return str(self.json["errors"][0]["message"])

    def expect(self, status: int) -> Answer:
        assert self.status == status, f"{self.status}, expected {status}: {self.body[:500]!r}"
        return self


class Browser(Client):
    """What waits for a commit is done after each request, and not, as Django's client has it, never."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True, raise_request_exception=False)

    def request(self, **request: Any) -> Any:
        with TestCase.captureOnCommitCallbacks(execute=True):
            return super().request(**request)


class Caller:
    """Somebody at the REST API, by Basic credentials; None is nobody. Paths are given below the base path."""

    def __init__(self, person: Person | None = None) -> None:
        self.person = person
        self.client = Browser()

    @property
    def name(self) -> str:
        assert self.person
        return self.person.username

    @property
    def id(self) -> int:
        assert self.person
        return self.person.actor.id

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, document: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, document, **headers)

    def put(self, path: str, document: Any = None, **headers: str) -> Answer:
        return self.call("PUT", path, document, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.call("DELETE", path, **headers)

    def call(self, method: str, path: str, document: Any = None, **headers: str) -> Answer:
        body = document if isinstance(document, bytes) else b"" if document is None else json.dumps(document).encode()
        answer = self.send(method, f"{BASE}{path}", body, **headers)
        told = method, path, answer.status, answer.headers, answer.body
        check(*told)
        own.check(*told)
        return answer

    def send(self, method: str, address: str, body: bytes = b"", **headers: str) -> Answer:
        """To any address, below the REST API or not."""
        if self.person:
            credentials = base64.b64encode(f"{self.person.username}:{self.person.password}".encode()).decode()
            headers.setdefault("Authorization", f"Basic {credentials}")
        content_type = headers.pop("content_type", "application/json")
        response = self.client.generic(method, address, body, content_type, headers=headers)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        return Answer(response.status_code, dict(response.headers), content)


def by_rank(people: People, project: Project, nobody: Caller, user: Caller) -> list[Caller]:
    """Nobody, a user without a role, and a new member for each role, the least of them first."""
    roles = (Role.LIMITED_GUEST, Role.GUEST, Role.DEVELOPER, Role.MAINTAINER, Role.PROJECT_ADMIN)
    return [nobody, user, *(Caller(people.new_user(project=project, role=role)) for role in roles)]


@pytest.fixture
def people(db: None, django_db_blocker: DjangoDbBlocker) -> People:
    """Of this test alone: what they are given is rolled back."""
    return People(django_db_blocker)


@pytest.fixture
def nobody(db: None) -> Caller:
    return Caller()


@pytest.fixture
def admin(people: People) -> Caller:
    return Caller(people.new_user(sysadmin=True))


@pytest.fixture
def user(people: People) -> Caller:
    return Caller(people.new_user())


@pytest.fixture
def project(people: People) -> Project:
    return people.new_project()


@pytest.fixture
def owner(people: People, project: Project) -> Caller:
    """Who administers :func:`project`."""
    return Caller(people.new_user(project=project, role=Role.PROJECT_ADMIN))
