"""The token service's endpoints. They run on the lean handler, without sessions, cookies and CSRF."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts.actors import ANONYMOUS, Actor, Kind
from accounts.credentials import BadCredentials, authenticate_basic, decode_basic
from accounts.lockout import LockedOut
from accounts.token_service import keys, refresh
from accounts.token_service.forms import Form, field, read_form
from accounts.token_service.issue import issue_token
from accounts.token_service.v2_authentication import client_address, too_many_requests
from registry_api import sql
from registry_api.oci.challenge import basic_challenge
from registry_api.oci.errors import OciError, Unauthorized, Unavailable, Unsupported
from registry_api.oci.scope import parse_scopes

log = logging.getLogger("portolan.tokens")

JSON = "application/json; charset=utf-8"
REALM = "portolan"
Answer = Callable[[HttpRequest], HttpResponse]


class BadTokenRequest(OciError):
    code = "BAD_REQUEST"
    status = 400


def endpoint(*methods: str) -> Callable[[Answer], Answer]:
    """Only these methods; a refusal is answered in the registry's own form, as the clients expect it."""

    def decorate(view: Answer) -> Answer:
        @functools.wraps(view)
        def answer(request: HttpRequest) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise Unsupported(headers={"Allow": ", ".join(methods)})
                return view(request)
            except OciError as error:
                return _refusal(error)
            except BadCredentials as error:
                return _refusal(Unauthorized(error.message))
            except LockedOut as error:
                return _refusal(too_many_requests(error))
            except sql.PASSING as error:
                log.error("a token request could not be served: %s", error)
                return _refusal(Unavailable())

        return csrf_exempt(answer)

    return decorate


@endpoint("GET", "POST")
def token(request: HttpRequest) -> HttpResponse:
    return _by_oauth(request) if request.method == "POST" else _by_query(request)


@endpoint("POST")
def revoke(request: HttpRequest) -> HttpResponse:
    """RFC 7009: ``token`` is a refresh token, whose possession is the right to revoke it; always 200."""
    refresh.revoke_refresh_token(field(read_form(request.META), "token"))
    return HttpResponse(status=200, headers={"Content-Length": "0", "Cache-Control": "no-store"})


@endpoint("GET")
def jwks(request: HttpRequest) -> HttpResponse:
    return _json(keys.json_web_key_set(), {"Cache-Control": "public, max-age=300"})


def _by_query(request: HttpRequest) -> HttpResponse:
    """``GET`` with optional Basic credentials (Docker token authentication, "Requesting a Token")."""
    asked = request.GET
    _require_our_service(asked.get("service", ""))
    actor = _holder_by_header(request)
    scopes = asked.getlist("scope")
    if actor.kind is Kind.ANONYMOUS and not any(map(str.strip, scopes)):
        # A login without credentials asks for nothing; a token in return would look like success.
        raise Unauthorized
    answer = _token_answer(actor, scopes)
    # Some clients read one of the names, some the other.
    answer["token"] = answer["access_token"]
    del answer["scope"]
    if asked.get("offline_token") == "true" and _may_refresh(actor):
        answer["refresh_token"] = _new_refresh_token(actor, asked.get("client_id", ""))
    return _json(answer)


def _by_oauth(request: HttpRequest) -> HttpResponse:
    """``POST`` (Docker token authentication, "OAuth 2.0 token"): grant types password and refresh_token."""
    form = read_form(request.META)
    _require_our_service(field(form, "service"))
    actor, refresh_token = _holder_by_form(request, form)
    answer = _token_answer(actor, form.get("scope", []))
    if field(form, "access_type") == "offline" and _may_refresh(actor):
        answer["refresh_token"] = refresh_token or _new_refresh_token(actor, field(form, "client_id"))
    return _json(answer)


def _holder_by_header(request: HttpRequest) -> Actor:
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if not header:
        return ANONYMOUS
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        raise Unauthorized("the token service takes Basic authentication")
    username, password = decode_basic(value)
    return authenticate_basic(username, password, address=client_address(request.META))


def _holder_by_form(request: HttpRequest, form: Form) -> tuple[Actor, str]:
    """``(holder, the refresh token that was shown, if one was)``."""
    grant_type = field(form, "grant_type")
    if grant_type == "password":
        address = client_address(request.META)
        return authenticate_basic(field(form, "username"), field(form, "password"), address=address), ""
    if grant_type == "refresh_token":
        shown = field(form, "refresh_token")
        return refresh.holder_of(shown, service=settings.TOKEN_SERVICE), shown
    raise BadTokenRequest("grant_type must be password or refresh_token")


def _token_answer(actor: Actor, scopes: Iterable[str]) -> dict[str, Any]:
    issued = issue_token(actor=actor, scopes=parse_scopes(scopes), service=settings.TOKEN_SERVICE)
    return {
        "access_token": issued.token,
        "expires_in": issued.lifetime,
        "issued_at": issued.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "scope": " ".join(map(str, issued.granted)),
    }


def _may_refresh(actor: Actor) -> bool:
    """A personal token is itself what a client may keep; a refresh token would open more, and for longer."""
    return actor.kind is not Kind.ANONYMOUS and actor.token is None


def _new_refresh_token(actor: Actor, client: str) -> str:
    return refresh.make_refresh_token(holder=actor, service=settings.TOKEN_SERVICE, client=client)


def _require_our_service(service: str) -> None:
    if service != settings.TOKEN_SERVICE:
        raise BadTokenRequest(f"service must be {settings.TOKEN_SERVICE}")


def _json(content: dict[str, Any], headers: dict[str, str] | None = None) -> HttpResponse:
    return _response(200, orjson.dumps(content), headers or {"Cache-Control": "no-store"})


def _refusal(error: OciError) -> HttpResponse:
    headers = {**error.headers, "Cache-Control": "no-store"}
    if error.status == 401:
        headers["WWW-Authenticate"] = basic_challenge(REALM)
    return _response(error.status, error.body(), headers)


def _response(status: int, body: bytes, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(body, status=status, content_type=JSON, headers={**headers, "Content-Length": str(len(body))})
