"""People at the portal with a real browser, each in a window of their own, in English or in Chinese."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import translation
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from accounts.models import Project
from accounts.permissions import Role
from registry_api.models import Manifest
from tests.portal.browser import CHROMIUM, SECLUDED
from tests.support.people import PASSWORD, ROLES, People, Person, unique
from tests.support.product import Product
from tests.support.registry import Registry

PATIENCE = 1000 * int(os.environ.get("PORTOLAN_TEST_PATIENCE", "60"))  # milliseconds; a bound against hanging
LANGUAGES = {"en": "en-US", "zh-hans": "zh-CN"}


@dataclass
class Window:
    """A page, whose words are looked for in its own language. What goes wrong in it is kept in ``faults``."""

    page: Page
    url: str
    language: str
    faults: list[str] = field(default_factory=list)
    # What was gone to, by an address, a link or a form.
    visited: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._heard)
        self.page.on("dialog", lambda dialog: (self.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", self._asked)

    def says(self, text: str, **values: Any) -> str:
        """As it stands in the page's language."""
        with translation.override(self.language):
            found = translation.gettext(text)
        return found % values if values else found

    def open(self, path: str) -> int:
        """The status of the answer."""
        answer = self.page.goto(self.url + path)
        assert answer is not None
        return answer.status

    def sign_in(self, person: Person) -> None:
        """With the form."""
        self.open("/admin/login/")
        self.page.fill("[name=username]", person.username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("#login-form [type=submit]")
        self.page.wait_for_url(f"{self.url}/admin/")

    def link(self, text: str) -> Locator:
        return self.page.get_by_role("link", name=self.says(text), exact=True).first

    def button(self, text: str) -> Locator:
        return self.page.get_by_role("button", name=self.says(text), exact=True).first

    def tab(self, text: str) -> None:
        self.page.locator("#tabs-items").get_by_text(self.says(text), exact=True).click()
        self.page.wait_for_load_state()

    def text(self) -> str:
        return self.page.inner_text("body")

    def save(self) -> None:
        self.page.click("#submit-row [name=_save]")
        self.page.wait_for_load_state()

    def told(self) -> str:
        """The message above the page."""
        return self.page.inner_text("#main")

    def _heard(self, message: Any) -> None:
        # That a page is refused is no fault of it; that something is which it wants for itself is one.
        is_refused = re.search(r"status of (400|403|404|412)", message.text) and message.location["url"] in self.visited
        if message.type == "error" and not is_refused:
            self.faults.append(f"{message.text} {message.location['url']}")

    def _asked(self, request: Any) -> None:
        if request.is_navigation_request():
            self.visited.add(request.url)
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.faults.append(f"asks elsewhere: {request.url}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Playwright runs a loop in this thread, which Django would take for a reason not to ask the database."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(SECLUDED), chromium_sandbox=False)
        yield browser
        with suppress(Exception):
            browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class Port:
    """A private project with an image of two tags, and windows for whoever looks at it."""

    product: Product
    people: People
    project: Project
    browser: Browser
    windows: list[Window] = field(default_factory=list)

    @property
    def repository(self) -> str:
        return f"{self.project.name}/app"

    @property
    def artifact(self) -> Manifest:
        return Manifest.objects.get(repository__name=self.repository, tags__name="v1")

    def window(self, person: Person | None = None, language: str = "en", **options: Any) -> Window:
        """At the start of the portal with a session of theirs, if somebody is given."""
        context = self.browser.new_context(locale=LANGUAGES[language], **options)
        window = Window(context.new_page(), self.product.url, language)
        self.windows.append(window)
        if person is not None:
            context.add_cookies([{"name": "sid", "value": person.new_session(), "url": self.product.url}])
            assert window.open("/admin/") == 200
        return window

    def with_role(self, role: str) -> Person:
        return self.people.new_user(project=self.project, role=ROLES[role])

    def close(self) -> None:
        for window in self.windows:
            window.page.context.close()
        self.windows.clear()


@pytest.fixture(scope="module")
def harbour(product: Product, people: People, chromium: Browser) -> Port:
    project = people.new_project(name=unique("voyage"))
    with Registry(product.address, people.new_user(project=project, role=Role.PROJECT_ADMIN)) as registry:
        image = registry.make_image(f"{project.name}/app", "v1", "latest", layers=3, size=40_000)
        registry.push_artifact(
            f"{project.name}/app", b"signature", "application/vnd.dev.cosign.artifact.sig.v1+json", subject=image
        )
        parts = [registry.make_image(f"{project.name}/app", size=2_000) for _ in range(2)]
        registry.make_index(f"{project.name}/app", "multi", children=parts)
    return Port(product, people, project, chromium)


@pytest.fixture
def port(harbour: Port) -> Iterator[Port]:
    yield harbour
    if folder := os.environ.get("PORTOLAN_TEST_PICTURES"):
        for number, window in enumerate(harbour.windows):
            window.page.screenshot(path=f"{folder}/{number}.png")
    faults = [fault for window in harbour.windows for fault in window.faults]
    harbour.close()
    assert faults == []
