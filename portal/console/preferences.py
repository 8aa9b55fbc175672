"""The language and the theme that people have chosen: kept with their accounts, and shown wherever they sign in."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from accounts.actors import actor_of
from accounts.errors import BadRequest
from accounts.models import User
from accounts.services.preferences import set_preferences
from portal.console.navigation import HOME


class PreferencesMiddleware:
    """Shows the console in the language of whoever is signed in, where they have chosen one.

    Not elsewhere: the console asks anyway who is there, and nothing else has words of ours for people.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = getattr(request.user, "language", "") if request.path_info.startswith(HOME) else ""
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return self.get_response(request)


def choose_language(request: HttpRequest) -> HttpResponseBase:
    """For this browser, also before somebody signs in; and for the account of whoever is signed in."""
    language = request.POST.get("language")
    if language and request.user.is_authenticated:
        try:
            _keep(request, language=language)
        except BadRequest:
            # Django's own view passes over a language that there is not.
            pass
    return set_language(request)


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """What a press on light, dark or system sends; the page has changed by itself already."""
    try:
        _keep(request, theme=request.POST.get("theme", ""))
    except BadRequest as error:
        return HttpResponse(error.message, status=error.status, content_type="text/plain")
    return HttpResponse(status=204)


def _keep(request: HttpRequest, **given: str) -> None:
    set_preferences(actor=actor_of(request.user), user=cast("User", request.user), **given)
