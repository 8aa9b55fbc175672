"""What a browser would send, if somebody pressed a form's button without changing anything."""

from __future__ import annotations

from collections import defaultdict
from html.parser import HTMLParser


def filled_in(page: str, action: str) -> dict[str, list[str]]:
    """The values of the fields of the form with that address, by their names; without hidden ones."""
    reader = _Reader(action)
    reader.feed(page)
    assert reader.was_found, f"there is no form for {action}"
    return dict(reader.values)


class _Reader(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self.values: defaultdict[str, list[str]] = defaultdict(list)
        self.was_found = False
        self._action = action
        self._is_inside = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_to_tick = given.get("type") in ("checkbox", "radio")
        name, value = given.get("name") or "", given.get("value") or ("on" if is_to_tick else "")
        if tag == "form":
            self._is_inside = given.get("action") == self._action
            self.was_found = self.was_found or self._is_inside
        elif not self._is_inside:
            return
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.values[self._select].append(value)
        elif tag == "input" and given.get("type") != "hidden" and (not is_to_tick or "checked" in given):
            self.values[name].append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
