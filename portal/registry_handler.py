"""The handler of the registry's own routes: Django without sessions, cookies, languages and middleware.

Views get the same requests as under Django's handler. What is left out are things that a registry client never asks for
and that would cost each request more than its own work.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, get_resolver

from audit import context
from audit.middleware import HEADER as REQUEST_ID
from registry_api import sql
from registry_api.fastpath import pulls
from registry_api.oci.errors import BlobUnknown, OciError, Unavailable
from registry_api.services.pulls import record_pulls

log = logging.getLogger("portolan.registry")

URLCONF = "portal.urls_registry"
JSON = "application/json; charset=utf-8"
StartResponse = Callable[..., Any]
View = Callable[..., HttpResponseBase]


class RegistryHandler:
    """A WSGI application. Never reads a request's body; every answer carries a request id."""

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        pulls.start(record_pulls, settings.PULL_FLUSH_SECONDS)
        entered = context.from_environ(environ)
        token = context.enter(entered)
        try:
            return self._answer(environ, start_response, entered.request_id)
        finally:
            context.leave(token)

    def _answer(self, environ: dict[str, Any], start_response: StartResponse, request_id: str) -> Iterable[bytes]:
        response, body = with_body(self._respond(environ, request_id), environ, request_id)
        response.headers.setdefault(REQUEST_ID, request_id)
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return body

    def _respond(self, environ: dict[str, Any], request_id: str) -> HttpResponseBase:
        """What the view answers, or an error in the registry's own form."""
        try:
            request = WSGIRequest(environ)
            view, named = find_view(request.path_info)
            response: HttpResponseBase = view(request, **named)
        except Http404:
            return refusal(OciError("there is nothing at this address", code="NOT_FOUND", status=404))
        except SuspiciousOperation as error:
            return refusal(OciError(str(error), code="BAD_REQUEST", status=400))
        except Exception:
            log.exception("request %s failed: %s %s", request_id, environ["REQUEST_METHOD"], environ.get("RAW_URI"))
            return refusal(OciError(f"internal error, request id {request_id}", code="UNKNOWN", status=500))
        return response


def find_view(path: str) -> tuple[View, dict[str, Any]]:
    """The view for a path, and what the path says to it. Raises Http404.

    What Django's resolver does, without its account of how it got there: that costs more than most views.
    """
    for match_of, view, defaults in routes(URLCONF):
        match = match_of(path, 1)
        if match is not None:
            return view, {**match.groupdict(), **defaults}
    raise Http404


Route = tuple[Callable[..., re.Match[str] | None], View, dict[str, Any]]


@lru_cache(maxsize=4)
def routes(urlconf: str) -> list[Route]:
    """All routes of a module, those that it includes too; they match from the beginning of a path, behind its slash."""
    return [
        (re.compile(route.pattern.regex.pattern.removeprefix("^")).match, route.callback, route.default_args)
        for route in _flat(get_resolver(urlconf).url_patterns)
    ]


def _flat(patterns: Iterable[Any]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            if pattern.pattern.converters or not pattern.pattern.regex.pattern.startswith("^"):
                raise ImproperlyConfigured(f"a route of the registry begins with ^ and converts nothing: {pattern}")
            yield pattern
        elif str(pattern.pattern):
            raise ImproperlyConfigured(f"routes of the registry are included without a prefix: {pattern}")
        else:
            yield from _flat(pattern.url_patterns)


def with_body(
    response: HttpResponseBase, environ: dict[str, Any], request_id: str
) -> tuple[HttpResponseBase, Iterable[bytes]]:
    """What WSGI iterates: the content, the stream or, where it is a local file and the server can, the file to send.

    The file is opened here, so that a missing one can still become an error. Whatever is at hand by now needs no
    database any more, and no connection should wait for a slow client.
    """
    file = getattr(response, "local_file", None)
    send_file = environ.get("portolan.sendfile")
    if isinstance(response, HttpResponse):
        sql.finish_request()
        return response, [response.content]
    if file is None or send_file is None:
        return response, response
    try:
        body = send_file(*file)
    except OSError as error:
        log.error("request %s: %s cannot be sent: %s", request_id, file[0], error)
        lost = isinstance(error, FileNotFoundError)
        response.close()
        response = refusal(BlobUnknown("the registry has lost this blob") if lost else Unavailable())
        return response, [response.content]
    response.close()
    return response, body


def refusal(error: OciError) -> HttpResponse:
    body = error.body()
    headers = {"Docker-Distribution-Api-Version": "registry/2.0", **error.headers, "Content-Length": str(len(body))}
    return HttpResponse(body, status=HTTPStatus(error.status), content_type=JSON, headers=headers)
