"""The API's own document for programs and as a page, and the page where exploring the API begins."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import Any, TypedDict

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import etag, require_safe
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.authentication import csrf_token
from accounts.rest.base import JsonRenderer, RestView
from accounts.rest.operations import BASE, Operation
from accounts.rest.pages import POLICY, ApiPage


class OperationShown(TypedDict):
    """`opens` says whether the path can be opened as it is, for want of names in it."""

    tag: str
    operation: str
    summary: str
    method: str
    path: str
    opens: bool


class RootPage(ApiPage):
    template = "rest_framework/root.html"

    def get_context(self, data: object, accepted_media_type: object, renderer_context: object) -> dict[str, object]:
        return {**super().get_context(data, accepted_media_type, renderer_context), "operations": data}


class RootView(RestView):
    renderer_classes = [JsonRenderer, RootPage]
    tag = "api"
    operations = {"GET": Operation("listOperations", list[OperationShown], is_open=True)}

    def get(self, request: Request) -> Response:
        """All operations of this API, by chapter."""
        return Response(operations())


@cache
def document() -> dict[str, Any]:
    """The same for everybody, so that it is made once in a process, with about a second's work."""
    # Only then: what makes it weighs some megabytes, and most processes are never asked for it.
    from portal.rest.openapi import Generator

    made: dict[str, Any] = Generator().get_schema(public=True)
    return made


@cache
def operations() -> list[OperationShown]:
    found: list[OperationShown] = []
    for path, item in document()["paths"].items():
        for method, told in item.items():
            beside_the_base = "servers" in told
            found.append(
                {
                    "tag": told["tags"][0],
                    "operation": told["operationId"],
                    "summary": told["summary"],
                    "method": method.upper(),
                    "path": path if beside_the_base else f"{BASE}{path}",
                    "opens": method == "get" and "{" not in path and not beside_the_base,
                }
            )
    return sorted(found, key=lambda operation: (operation["tag"].lower(), operation["path"]))


@cache
def written() -> tuple[bytes, str]:
    """The document as JSON, and its ETag."""
    body = orjson.dumps(document())
    return body, f'"{sha256(body).hexdigest()}"'


@require_safe
@etag(lambda request: written()[1])
def show_document(request: HttpRequest) -> HttpResponse:
    return HttpResponse(written()[0], content_type="application/json; charset=utf-8")


@require_safe
def show_docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI, from files of our own."""
    key = request.session.session_key
    response = render(request, "api/docs.html", {"token": csrf_token(key) if key else ""})
    response.headers["Content-Security-Policy"] = POLICY
    return response
