"""Who calls ``/v2/``: by a bearer token of ours, or directly by Basic credentials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts import generations
from accounts.actors import Actor
from accounts.credentials import BadCredentials, authenticate_basic, decode_basic
from accounts.generations import RIGHTS
from accounts.lockout import LockedOut
from accounts.selectors.rights import catalog_allowed, repository_rights
from accounts.token_service import verified
from accounts.token_service.addresses import HasMeta, token_realm
from accounts.token_service.grants import NOTHING, Grant
from accounts.token_service.verify import verify_token
from audit.context import source_address
from registry_api.oci.challenge import bearer_challenge
from registry_api.oci.errors import TooManyRequests, Unauthorized


class BearerCaller:
    """Whoever has a token may do what the token says, and that only."""

    is_bearer = True

    def __init__(self, grant: Grant) -> None:
        self.grant = grant
        self.actor = grant.actor

    def allows(self, repository: str, action: str) -> bool:
        return self.grant.allows(repository, action)

    def allowing(self, repositories: Sequence[str], action: str) -> list[str]:
        return [name for name in repositories if self.allows(name, action)]

    def sees_catalog(self) -> bool:
        return self.grant.catalog

    def refusal_error(self, repository: str) -> str:
        """Why the token does not do, in the words of RFC 6750 §3.1: it is void for the repository, or too narrow."""
        return "invalid_token" if repository in self.grant.void else "insufficient_scope"


class BasicCaller:
    """Whoever gave a name and a password may do what the account may at this moment."""

    is_bearer = False

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self._rights: dict[str, frozenset[str]] = {}

    def allows(self, repository: str, action: str) -> bool:
        return bool(self.allowing([repository], action))

    def allowing(self, repositories: Sequence[str], action: str) -> list[str]:
        if unknown := [name for name in repositories if name not in self._rights]:
            found = repository_rights(self.actor, unknown)
            self._rights |= {name: found[name].actions if name in found else NOTHING for name in unknown}
        return [name for name in repositories if action in self._rights[name]]

    def sees_catalog(self) -> bool:
        return self._catalog

    @cached_property
    def _catalog(self) -> bool:
        return catalog_allowed(self.actor)

    def refusal_error(self, repository: str) -> str:
        """A token would not open it either."""
        return ""


class RegistryAuthentication(BaseAuthentication):
    """``request.user`` is the caller. Nobody gets in without credentials: for what is public, anonymous clients fetch a
    token too, as Docker's protocol has it. Raises Unauthorized or TooManyRequests.
    """

    def authenticate(self, request: Request) -> tuple[BearerCaller | BasicCaller, None]:
        header: str = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            raise Unauthorized
        scheme, _, value = header.partition(" ")
        method = METHODS.get(scheme.lower())
        if method is None:
            raise Unauthorized("this way of authentication is not supported")
        return method(header, value.strip(), request.META), None


def bearer_caller(header: str, token: str, meta: Mapping[str, Any]) -> BearerCaller:
    """No query for a token that was verified a moment ago, else one. Raises TokenRefused."""
    try:
        key = header.encode("latin-1")
    except UnicodeEncodeError:
        raise Unauthorized("the token is not valid", error="invalid_token") from None
    grant = verified.get(key)
    if grant is None:
        rights = generations.read(RIGHTS)
        grant = verify_token(token, key)
        verified.remember(key, grant, rights=rights)
    return BearerCaller(grant)


def basic_caller(header: str, value: str, meta: Mapping[str, Any]) -> BasicCaller:
    try:
        username, password = decode_basic(value)
        return BasicCaller(authenticate_basic(username, password, address=client_address(meta)))
    except BadCredentials as error:
        raise Unauthorized(error.message) from None
    except LockedOut as error:
        raise too_many_requests(error) from None


METHODS: Mapping[str, Callable[[str, str, Mapping[str, Any]], BearerCaller | BasicCaller]] = {
    "bearer": bearer_caller,
    "basic": basic_caller,
}


def challenge_for(request: HasMeta, scope: str = "", error: str = "") -> str:
    """The ``WWW-Authenticate`` header that sends the client to our token service for a token with this scope."""
    return bearer_challenge(token_realm(request), settings.TOKEN_SERVICE, scope, error)


def client_address(meta: Mapping[str, Any]) -> str:
    """Where the request came from, as far as we can know."""
    return source_address(meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", ""))


def too_many_requests(error: LockedOut) -> TooManyRequests:
    return TooManyRequests(error.message, headers={"Retry-After": str(error.retry_after)})
