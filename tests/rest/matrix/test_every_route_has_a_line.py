"""No route without a line in the tables, and no line without its route."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import URLPattern, get_resolver, resolve

from tests.rest.matrix.bodies import BEFORE, BODIES
from tests.rest.matrix.table import Row, read

TABLES = ("rest", "registry", "admin", "foreign")


def routes(patterns: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """``(the whole route, its view)``, as Django's resolver puts the route together."""
    for pattern in patterns:
        own = str(pattern.pattern)
        route = prefix + own.removeprefix("^") if prefix else own
        if isinstance(pattern, URLPattern):
            yield route, pattern.callback
        else:
            yield from routes(pattern.url_patterns, route)


def methods(route: str, view: Any) -> set[str]:
    """Those that the view answers by itself: a HEAD that is only its GET is not among them."""
    if route.startswith("admin/"):
        return set()  # forms, which come by GET and may go by POST: that there is a line for the page has to do
    cls = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if cls is None:
        return set(view(RequestFactory().options("/")).headers["Allow"].split(", "))
    names = view.view_initkwargs.get("http_method_names", cls.http_method_names)
    found = {name.upper() for name in names if hasattr(cls, name)} or set(FAMILY)
    plain = getattr(cls, "head", None) in (None, getattr(cls, "get", None))
    return found - ({"HEAD"} if plain else set()) - {"OPTIONS"}


FAMILY = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROUTES = dict(routes(get_resolver().url_patterns))


def route_of(row: Row) -> str:
    return resolve(row.path.format_map(Words())).route


class Words(dict[str, str]):
    """Any word, so that the address fits a route that asks for a number, a digest or a name."""

    def __missing__(self, word: str) -> str:
        return "1"


@pytest.mark.parametrize("route", ROUTES)
def test_each_route_has_a_line_for_each_method(route: str) -> None:
    lines = {row.method for row in ROWS if route_of(row) == route}
    assert lines, f"no table has a line for {route}"
    missing = methods(route, ROUTES[route]) - lines
    assert not missing, f"no table has a line for {', '.join(sorted(missing))} {route}"


ROWS = [row for table in TABLES[:3] for row in read(table)]


@pytest.mark.parametrize("row", [row for table in TABLES for row in read(table)], ids=str)
def test_each_line_is_about_a_route(row: Row) -> None:
    """Its method is one that the view has, unless the line says that it has not."""
    route = route_of(row)
    known = methods(route, ROUTES[route])
    none_such = set(row.private.values()) == {"n"}
    assert not known or (row.method in known) != none_such or row.method == "HEAD"


def test_each_body_is_sent_with_a_line() -> None:
    keys = {row.key for table in TABLES for row in read(table)}
    assert BODIES.keys() <= keys
    assert {key for key in BEFORE if not key.startswith("{")} <= keys
