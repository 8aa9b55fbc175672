"""Fills the audit context for the length of a request, and names the request in the answer."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from audit import context

HEADER = "X-Request-Id"


class RequestContextMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        entered = context.from_environ(request.META)
        token = context.enter(entered)
        try:
            response = self.get_response(request)
        finally:
            context.leave(token)
        response.headers.setdefault(HEADER, entered.request_id)
        return response
