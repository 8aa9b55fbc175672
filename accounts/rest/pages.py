"""The API in a browser: DRF's pages under the product's name, linked with each other, with forms that send JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson
from django.urls import Resolver404, get_resolver, resolve
from django.utils.encoding import escape_uri_path
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request, override_method

from accounts.rest.operations import BASE, JSON, path_of, told

# All that a page needs comes from here; its styles are partly its own, as DRF has them.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PAGE_LINK = re.compile(r'<([^>]+)>; rel="(\w+)"')
# By which of its fields a row is found, where that is neither its id nor called as in the path.
KEYS = {
    "project_name_or_id": "project_id",
    "repository_name": "name",
    "reference": "digest",
    "tag_name": "name",
}
LABELS = ("name", "username", "group_name", "entity_name", "digest")


class Link(NamedTuple):
    text: str
    address: str


class ApiPage(BrowsableAPIRenderer):
    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> str:
        page: str = super().render(data, accepted_media_type, renderer_context)
        renderer_context["response"].headers["Content-Security-Policy"] = POLICY
        # DRF's page does not say in which language it is, nor has it a place for that.
        return page.replace("<html>", f'<html lang="{get_language()}">', 1)

    def get_context(self, data: Any, accepted_media_type: Any, renderer_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        response = renderer_context["response"]
        pages = dict(reversed(found) for found in PAGE_LINK.findall(response.headers.get("Link", "")))
        below = [] if response.exception else list(links_below(context["request"], data))
        return {**context, "below": below, "pages": pages, "made_at": response.headers.get("Location", "")}

    def get_description(self, view: Any, status_code: int) -> str:
        return told(type(view).__doc__)

    def get_breadcrumbs(self, request: Request) -> list[tuple[str, str]]:
        """From the API's beginning, one for each part of the address that can be opened itself."""
        found = [(_("API"), f"{BASE}/")]
        address = BASE
        for part in request.path.removeprefix(BASE).strip("/").split("/"):
            address = f"{address}/{part}"
            if part and can_be_opened(address):
                found.append((part, escape_uri_path(address)))
        return found

    # Forms

    def get_rendered_html_form(self, data: Any, view: Any, method: str, request: Request) -> Any:
        """DRF makes such a form only for views that take what it sends; here a script makes JSON of that."""
        if method not in view.takes or not takes_json(view):
            return super().get_rendered_html_form(data, view, method, request)
        with override_method(view, request, method) as as_if:
            serializer = view.get_serializer()
            if not self.show_form_for_method(view, method, as_if, None) or not make_fit_a_form(serializer):
                return None
            fill(serializer, known_to(view, serializer, data, method, request))
            return self.render_form_for_serializer(serializer)

    def get_raw_data_form(self, data: Any, view: Any, method: str, request: Request) -> Any:
        """Filled with what there is now, or after a refusal with what was sent."""
        form = super().get_raw_data_form(data, view, method, request)
        if form is None or not takes_json(view):
            return form
        with override_method(view, request, method):
            serializer = view.get_serializer()
        content = {**serializer.data, **known_to(view, serializer, data, method, request)}
        form.fields["_content"].initial = orjson.dumps(content, default=str, option=orjson.OPT_INDENT_2).decode()
        return form


def takes_json(view: Any) -> bool:
    return any(parser.media_type == JSON for parser in view.parser_classes)


def known_to(view: Any, serializer: Any, data: Any, method: str, request: Request) -> Mapping[str, Any]:
    """What the fields of a form can be filled with, by their names; secrets are not shown to who has typed them."""
    is_change = request.method == "GET" and method in ("PUT", "PATCH")
    known: Any = view.as_a_body(data) if is_change else defaults(serializer)
    if request.method == method:
        # As far as it was read: what was refused unread, such as too large a body, stays so.
        known = vars(request).get("_full_data")
    fields: dict[str, Any] = serializer.fields
    names = [name for name, field in fields.items() if field.style.get("input_type") != "password"]
    return {name: known[name] for name in names if name in known} if isinstance(known, Mapping) else {}


def defaults(serializer: Any) -> dict[str, Any]:
    return {name: field.default for name, field in serializer.fields.items() if field.default is not empty}


def fill(serializer: Any, known: Mapping[str, Any]) -> None:
    for name, value in known.items():
        field = serializer.fields[name]
        if isinstance(field, serializers.Serializer) and isinstance(value, Mapping):
            fill(field, {str(inner): value[inner] for inner in field.fields if inner in value})
        else:
            field.initial = value


def make_fit_a_form(serializer: Any) -> bool:
    """Takes out what no HTML form can give; False where there is no sense in one without that."""
    for name, field in list(serializer.fields.items()):
        if isinstance(field, serializers.ListSerializer | serializers.ListField | serializers.DictField):
            if field.required:
                return False
            del serializer.fields[name]
        elif isinstance(field, serializers.Serializer) and not make_fit_a_form(field):
            return False
    return bool(serializer.fields)


# Links


def links_below(request: Request, data: Any) -> Iterator[Link]:
    """What lies one step below an address: parts of a thing, and the things of a list."""
    match = request.resolver_match
    here = path_of(match.route).rstrip("/") if match else ""
    address = escape_uri_path(request.path.rstrip("/"))
    for path in paths():
        above, _slash, last = path.rpartition("/")
        if above != here or not last:
            continue
        if not last.startswith("{"):
            yield Link(last, f"{address}/{last}")
        elif isinstance(data, list):
            yield from links_to_rows(data, last[1:-1], address)


def links_to_rows(rows: list[Any], name: str, address: str) -> Iterator[Link]:
    """``name`` is that of the path's last part."""
    for row in rows:
        found = [row[key] for key in (name, KEYS.get(name, "id")) if isinstance(row, Mapping) and key in row]
        if not found:
            continue
        text = next((str(row[key]) for key in LABELS if row.get(key)), str(found[0]))
        yield Link(text, f"{address}/{step(name, found[0])}")


def step(name: str, value: Any) -> str:
    """A value as a part of a path; a repository goes without its project, and is encoded twice (Harbor)."""
    if name == "repository_name":
        value = quote(str(value).partition("/")[2], safe="")
    return quote(str(value), safe=":")


def can_be_opened(address: str) -> bool:
    try:
        view = getattr(resolve(address).func, "cls", None)
    except Resolver404:
        return False
    return "GET" in getattr(view, "operations", ())


@cache
def paths() -> tuple[str, ...]:
    """Of everything below the base path; what cannot be read there shows the forms of what can be done."""
    return tuple(sorted(path for path in _paths(get_resolver().url_patterns, "") if path.startswith(f"{BASE}/")))


def _paths(patterns: list[Any], prefix: str) -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _paths(pattern.url_patterns, route)
        elif getattr(getattr(pattern.callback, "cls", None), "operations", ()):
            yield path_of(route)
