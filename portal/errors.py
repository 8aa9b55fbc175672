"""The pages for what went wrong: a sentence and the request's id, and nothing about the inside."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.console.gone import Gone
from accounts.console.telling import told
from accounts.errors import Forbidden
from audit import context


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(HTTPStatus.BAD_REQUEST, _("This request cannot be understood."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """With the reason, where a service gave one: that is meant for whoever is refused."""
    reason = exception.__cause__
    sentence = told(reason) if isinstance(reason, Forbidden) else _("You may not see or do this.")
    return _page(HTTPStatus.FORBIDDEN, sentence)


def read_only(request: HttpRequest) -> HttpResponse:
    return _page(HTTPStatus.FORBIDDEN, _("The system is in read-only mode: nothing can be changed now."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, Gone):
        sentence = _("What was here is deleted, or it is not yours to see.")
        return _page(HTTPStatus.NOT_FOUND, sentence, way=(exception.title, exception.address))
    return _page(HTTPStatus.NOT_FOUND, _("There is nothing at this address."))


def failed(request: HttpRequest) -> HttpResponse:
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR, _("Something went wrong here. It has been logged."))


def _page(status: HTTPStatus, sentence: str, way: tuple[str, str] | None = None) -> HttpResponse:
    """``way`` leads on from here: a title and an address; without one, to the start."""
    title, address = way or (_("Back to the start"), "/")
    shown = {
        "status": status,
        "sentence": sentence,
        "title": title,
        "address": address,
        "request_id": context.current().request_id,
    }
    # Without the request: what rendering a page usually asks for may be just what has failed.
    return render(None, "error.html", shown, status=status)
