"""What a page lets one do: its buttons, its bulk actions, and the ways to forms that add, change or delete."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

# Ways that lead to doing something, by how the names of their addresses end. All others lead to looking.
DOING = ("_add", "_delete", "_description", "_copy", "_remove")
# What is around every page: leaving it, and its language.
AROUND = frozenset({"logout", "set_language"})
CARRY_OUT = "index"  # of the bulk action that is chosen; there is one wherever there are actions


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._address = address
        self._form: str | None = None
        self._chooses = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self._way(given.get("href", ""))
        elif tag == "form":
            self._form = (given.get("action") or self._address) if given.get("method", "").lower() == "post" else None
        elif tag == "select":
            self._chooses = given.get("name") == "action"
        elif tag == "option" and self._chooses and given.get("value"):
            self.found.add(f"action {given['value']}")
        elif tag in ("button", "input") and given.get("type", "submit" if tag == "button" else "") == "submit":
            self._button(given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._chooses = False

    def _way(self, address: str) -> None:
        name = name_of(address) if address.startswith("/admin/") else ""
        if name.endswith(DOING):
            self.found.add(name)

    def _button(self, given: dict[str, str]) -> None:
        # Outside of its form, it is the button of the page's own one.
        form = self._address if "form" in given else self._form
        button = given.get("name", "")
        if form is None or button == CARRY_OUT:
            return
        name = name_of(given.get("formaction") or form)
        if name not in AROUND:
            word = given.get("value", "") if button == "action" else button
            self.found.add(f"{name} {word}".strip())


def deeds_of(page: str, address: str) -> set[str]:
    """By the names of their addresses in the admin, with the name of the button where a form has one."""
    reader = _Reader(address)
    reader.feed(page)
    return reader.found


def name_of(address: str) -> str:
    """Empty for what is no address of ours."""
    try:
        found: Any = resolve(urlsplit(address).path)
    except Resolver404:
        return ""
    return str(found.url_name or "")
