"""Sessions, by Harbor's addresses: ``POST /c/login`` with a form of principal and password, ``GET /c/log_out``."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth import SESSION_KEY, authenticate, get_user, login, logout
from django.http import HttpRequest, QueryDict
from rest_framework import serializers
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.credentials import BadCredentials
from accounts.errors import Forbidden
from accounts.lockout import LockedOut
from accounts.rest.authentication import require_csrf_token
from accounts.rest.base import RestView
from accounts.rest.fields import Text
from accounts.rest.operations import Operation


class Credentials(serializers.Serializer[Any]):
    principal = Text()
    password = Text(style={"input_type": "password"})


class LoginView(RestView):
    tag = "session"
    takes = {"POST": Credentials}
    operations = {"POST": Operation("signIn", refuses=(401, 403, 429))}
    # Whoever comes is not asked who they are by a header too: the form says it.
    authentication_classes = []
    parser_classes = [FormParser, MultiPartParser]

    def post(self, request: Request) -> Response:
        """Gives the cookie of a session.

        Raises BadCredentials, LockedOut, Forbidden when another site's page has sent it."""
        require_own_page(request._request)
        form = cast(QueryDict, request.data)
        name, password = form.get("principal", ""), form.get("password", "")
        user = authenticate(request._request, username=name, password=password)
        if user is None:
            seconds = getattr(request._request, "locked_out_for", None)
            raise LockedOut(seconds) if seconds is not None else BadCredentials
        login(request._request, user)
        return Response()


class LogoutView(RestView):
    tag = "session"
    operations = {"GET": Operation("signOut")}
    authentication_classes = []

    def get(self, request: Request) -> Response:
        # DRF has put its own idea of a user there, since nobody is asked here who they are.
        request._request.user = get_user(request._request)
        logout(request._request)
        return Response()


def require_own_page(request: HttpRequest) -> None:
    """A page of another site must not sign its reader in as somebody else. Raises Forbidden."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Forbidden("signing in from a page of another site is not allowed")
    if SESSION_KEY in request.session:
        require_csrf_token(request)
