"""A browser whose requests the test's own process answers, in its own transaction: no product runs, nothing is kept."""

from __future__ import annotations

from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from playwright.sync_api import BrowserContext, Page, Request, Route

from tests.console.conftest import Visitor

NAME = "localhost"  # which browsers trust without TLS
OF_THE_CONNECTION = {"content-length", "set-cookie"}


@dataclass
class Stage:
    """A page in which ``visitor`` is signed in. What goes wrong in it is kept in ``faults``."""

    context: BrowserContext
    visitor: Visitor
    faults: list[str] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        # Playwright calls back from elsewhere, where Django would open a connection of its own.
        self._here = copy_context()
        self.context.route("**/*", self._answer)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._heard)
        self.page.on("dialog", lambda dialog: (self.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def open(self, path: str) -> int:
        """The status of the answer."""
        answer = self.page.goto(f"http://{NAME}{path}")
        assert answer is not None
        return answer.status

    def _heard(self, message: Any) -> None:
        # That a page is refused is no fault of it; that something is which it wants for itself is one.
        is_refused = "status of 4" in message.text and message.location["url"] in self.visited
        if message.type == "error" and not is_refused:
            self.faults.append(f"{self.page.url}: {message.text} {message.location['url']}")

    def _answer(self, route: Route) -> None:
        place = urlsplit(route.request.url)
        if route.request.is_navigation_request():
            self.visited.add(route.request.url)
        if place.hostname != NAME:
            self.faults.append(f"asks elsewhere: {route.request.url}")
            route.abort()
        elif place.path.startswith(settings.STATIC_URL):
            route.fulfill(path=str(finders.find(place.path.removeprefix(settings.STATIC_URL))))
        else:
            answer = self._here.run(self._asked, route.request, f"{place.path}?{place.query}")
            headers = {name: value for name, value in answer.items() if name.lower() not in OF_THE_CONNECTION}
            route.fulfill(status=answer.status_code, headers=headers, body=answer.getvalue())

    def _asked(self, request: Request, path: str) -> Any:
        """Led on to where a form leads, since a browser does not follow an answer that was put before it."""
        told = request.headers
        headers = {name: told[name] for name in ("accept", "accept-language", "hx-request") if name in told}
        if request.method == "GET":
            return self.visitor.get(path, headers=headers, follow=True)
        sent, kind = request.post_data_buffer or b"", told.get("content-type", "")
        return self.visitor.post(path, sent, content_type=kind, headers=headers, follow=True)
