"""Who calls the REST API: Basic credentials of people and robots, a personal token, or a session (Harbor's order)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from accounts.actors import ANONYMOUS, Actor, actor_of
from accounts.credentials import authenticate_basic, authenticate_token, decode_basic
from accounts.crypto import keyed_hash, keyed_hash_matches
from accounts.errors import Forbidden
from accounts.personal_tokens import PREFIX
from accounts.token_service.v2_authentication import client_address

CSRF_HEADER = "X-Harbor-CSRF-Token"


class Caller:
    """``request.user``: an actor, as DRF and its pages ask for one."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    @property
    def is_authenticated(self) -> bool:
        return self.actor is not ANONYMOUS

    def __str__(self) -> str:
        return self.actor.name


class ByBasic(BaseAuthentication):
    """Raises BadCredentials, LockedOut."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        scheme, _, value = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        username, password = decode_basic(value)
        return Caller(authenticate_basic(username, password, address=client_address(request.META))), None

    def authenticate_header(self, request: Request) -> str:
        return 'Basic realm="portolan"'


class ByToken(BaseAuthentication):
    """A personal token as a bearer token, without its user's name. Raises BadCredentials, LockedOut."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        scheme, _, value = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer" or not value.strip().startswith(PREFIX):
            return None
        return Caller(authenticate_token(value.strip(), address=client_address(request.META))), None


class BySession(BaseAuthentication):
    """Whoever signed in, here or in the portal. Raises Forbidden for a change without the session's token."""

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        user = request._request.user
        if not user.is_authenticated:
            return None
        require_csrf_token(request._request)
        return Caller(actor_of(user)), None


def csrf_token(session_key: str) -> str:
    """What a page of another site cannot know: only we can make it, and only for this session."""
    return keyed_hash("csrf", session_key)


def require_csrf_token(request: HttpRequest) -> None:
    """A change by a session carries its token, in Harbor's header or as Django's own pages send theirs.

    Raises Forbidden.
    """
    if request.method in ("GET", "HEAD", "OPTIONS", "TRACE"):
        return
    if keyed_hash_matches("csrf", request.session.session_key or "", request.headers.get(CSRF_HEADER, "")):
        return
    check = CSRFCheck(_no_answer)
    check.process_request(request)
    if check.process_view(request, _no_answer, (), {}):
        raise Forbidden(f"the header {CSRF_HEADER} is missing or not that of this session")


def _no_answer(request: Any) -> Any:
    return None
