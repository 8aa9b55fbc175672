"""What somebody types to make other people's browsers run it, and whether a page would."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

SCRIPT = "<script>alert(1)</script>"
MARKUP = f"{SCRIPT}\"><img src=x onerror=alert(2)>'"
HARM = f"{MARKUP}{{{{7*7}}}}"
LINK = "javascript:alert(3)"
RUNS = re.compile(r"\s*(javascript:|data:text)", re.IGNORECASE)
# The theme makes functions of these.
EXPRESSIONS = ("on", "x-", ":", "@", "hx-")
TYPED_INTO = frozenset({"", "text", "email", "url", "number", "password", "search", "date"})


class Harm(HTMLParser):
    """What in a page is markup or code and was given by somebody."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.in_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_script = tag == "script"
        for name, value in attrs:
            leads = name in ("href", "src", "action", "formaction") and RUNS.match(value or "")
            does = name.startswith(EXPRESSIONS) or name in ("style", "srcdoc")
            if leads or (does and "alert(" in (value or "")) or "alert(" in name:
                self.found.append(f"<{tag} {name}={value}>")

    def handle_endtag(self, tag: str) -> None:
        self.in_script = False

    def handle_data(self, data: str) -> None:
        if self.in_script and "alert(" in data:
            self.found.append(data)


@dataclass
class Form:
    """``typed`` are the names of its fields of text, ``chosen`` what is sent besides as it stands."""

    action: str
    method: str
    typed: list[str] = field(default_factory=list)
    chosen: dict[str, str] = field(default_factory=dict)

    def filled_with(self, text: str) -> dict[str, str]:
        return {**self.chosen, **dict.fromkeys(self.typed, text)}


class Reader(HTMLParser):
    """The links and forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None and "disabled" not in given:
            self._field(self._form, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None

    def _field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, value, kind = given.get("name", ""), given.get("value", ""), given.get("type", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and (self._select not in form.chosen or "selected" in given):
            form.chosen[self._select] = value
        elif tag == "textarea" or (tag == "input" and kind in TYPED_INTO and name):
            form.typed.append(name)
        elif tag == "input" and (kind == "hidden" or "checked" in given):
            form.chosen[name] = value or "on"
