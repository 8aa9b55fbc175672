"""The console as people with each role see it: signed in, in the test's own process and transaction."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoDbBlocker

from accounts.models import Project
from accounts.permissions import Role
from registry_api.models import Manifest
from tests.portal.conftest import plain_static_files
from tests.rest.conftest import Caller
from tests.rest.pushing import push_random
from tests.support.people import ROLES, People, Person

__all__ = ["plain_static_files"]


class Visitor(Client):
    """A browser in which somebody is signed in. What waits for a commit is done after each request.

    The language of a page ends with its request, so that the next test begins in English.
    """

    def __init__(self, person: Person | None) -> None:
        super().__init__()
        self.person = person
        if person is not None:
            self.force_login(person.user, "accounts.backends.local.LocalBackend")

    def request(self, **request: Any) -> Any:
        with translation.override(translation.get_language()), TestCase.captureOnCommitCallbacks(execute=True):
            return super().request(**request)

    def page(self, address: str, status: int = 200) -> str:
        """The page's HTML."""
        answer = self.get(address)
        assert answer.status_code == status, f"{answer.status_code} for {address}: {answer.content[:300]!r}"
        return answer.content.decode()

    def sees(self, address: str) -> str:
        """Only what is read of it: no tags, no menus, spaces as one."""
        return read(self.page(address).partition('id="main"')[2])

    def card(self, address: str, title: str) -> str:
        """What is read in the card of the page that has this title."""
        cards = re.findall(r"<section[^>]*>.*?</section>", self.page(address), re.DOTALL)
        (found,) = [card for card in cards if f"<h2>{title}</h2>" in card]
        return read(found)

    def rows(self, address: str) -> list[dict[str, str]]:
        """What is read in a list, by the names of its columns."""
        table = self.page(address).partition('id="result_list"')[2].partition("</table>")[0]
        cell = re.compile(r'<t[dh] class="field-(\w+)[^"]*"[^>]*>(.*?)</t[dh]>', re.DOTALL)
        rows = [dict(cell.findall(row)) for row in table.split("<tr")[2:]]
        return [{name: read(markup) for name, markup in row.items()} for row in rows if row]

    def sends(self, address: str, **form: Any) -> Any:
        return self.post(address, form, follow=True)


def read(markup: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", markup))).strip()


def told(answer: Any) -> list[str]:
    """The messages of the page that somebody was led to."""
    return [str(message) for message in answer.context["messages"]]


@dataclass
class Scene:
    """A private project with a pushed image, and whoever looks at it."""

    people: People
    project: Project
    pusher: Caller

    @property
    def artifact(self) -> Manifest:
        return Manifest.objects.get(repository__name=f"{self.project.name}/app", tags__name="v1")

    def visitor(self, role: str = "") -> Visitor:
        """With a role in the project, or without any."""
        if not role:
            return Visitor(self.people.new_user())
        return Visitor(self.people.new_user(project=self.project, role=ROLES[role]))

    def tab(self, slug: str) -> str:
        return reverse(f"admin:accounts_project_{slug}", args=[self.project.pk])


@pytest.fixture
def people(db: None, django_db_blocker: DjangoDbBlocker) -> People:
    return People(django_db_blocker)


@pytest.fixture
def captain(people: People) -> Visitor:
    """A system administrator."""
    return Visitor(people.new_user(sysadmin=True))


@pytest.fixture
def scene(people: People) -> Scene:
    project = people.new_project()
    pusher = Caller(people.new_user(project=project, role=Role.PROJECT_ADMIN))
    push_random(pusher, f"{project.name}/app", "v1")
    return Scene(people, project, pusher)
