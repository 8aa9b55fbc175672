"""No route without a line in the tables, and no line without its route."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.test import RequestFactory
from django.urls import URLPattern, get_resolver, resolve

from tests.rest.matrix.bodies import BEFORE, BODIES
from tests.rest.matrix.table import Row, read

FAMILY = ("GET", "POST", "PUT", "PATCH", "DELETE")
OF_ROUTES = ("rest", "registry", "admin")


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
        answered = view(RequestFactory().options("/"))
        return set(answered.headers["Allow"].split(", ")) if "Allow" in answered.headers else set()
    names = view.view_initkwargs.get("http_method_names", cls.http_method_names)
    found = {name.upper() for name in names if hasattr(cls, name)} or set(FAMILY)
    plain = getattr(cls, "head", None) in (None, getattr(cls, "get", None))
    return found - ({"HEAD"} if plain else set()) - {"OPTIONS"}


ROUTES = dict(routes(get_resolver().url_patterns))


def route_of(row: Row) -> str:
    return resolve(row.path.format_map(Words())).route


class Words(dict[str, str]):
    """Any word, so that the address fits a route that asks for a number, a digest or a name."""

    def __missing__(self, word: str) -> str:
        return "1"


def test_each_route_has_a_line_for_each_method() -> None:
    written: dict[str, set[str]] = {route: set() for route in ROUTES}
    for row in (row for table in OF_ROUTES for row in read(table)):
        written[route_of(row)].add(row.method)
    missing = {route: methods(route, view) - written[route] for route, view in ROUTES.items()}
    assert not {route: sorted(found) for route, found in missing.items() if found}
    assert not [route for route, found in written.items() if not found]


def test_each_line_is_about_a_route() -> None:
    """Its method is one that the view has, unless the line says that it has not."""
    for row in (row for table in (*OF_ROUTES, "foreign") for row in read(table)):
        route = route_of(row)
        known = methods(route, ROUTES[route])
        none_such = set(row.private.values()) == {"n"}
        assert not known or row.method == "HEAD" or (row.method in known) != none_such, row


def test_each_body_is_sent_with_a_line() -> None:
    keys = {row.key for table in (*OF_ROUTES, "foreign") for row in read(table)}
    assert BODIES.keys() <= keys
    assert {key for key in BEFORE if not key.startswith("{")} <= keys
