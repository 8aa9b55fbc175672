"""Issuing tokens (Docker token authentication, "Token Authentication Implementation").

A token grants exactly what was asked and is allowed, for each repository by itself. What is not allowed is left out in
silence, and so is what does not exist: nobody learns from a token which projects there are.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
from django.conf import settings

from accounts.actors import Actor, Kind
from accounts.configuration.present import configured
from accounts.selectors.rights import RepositoryRights, catalog_allowed, repository_rights
from accounts.token_service import keys
from accounts.token_service.key_material import ALGORITHM
from registry_api.oci.scope import Scope

Access = dict[str, Any]

CATALOG = ("registry", "catalog")
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """``lifetime`` is in seconds; ``granted`` are the scopes that the token really carries."""

    token: str
    lifetime: int
    issued_at: datetime
    granted: tuple[Scope, ...]


def issue_token(*, actor: Actor, scopes: Iterable[Scope], service: str) -> IssuedToken:
    """A signed token for ``service``. Two queries at the most, however many scopes there are."""
    access = granted_access(actor, list(scopes))
    now = int(time.time())
    lifetime = _lifetime(actor, now)
    signer = keys.signer()
    claims = {
        "iss": settings.TOKEN_ISSUER,
        "sub": "" if actor.kind is Kind.ANONYMOUS else actor.name,
        "aud": service,
        "exp": now + lifetime,
        "nbf": now,
        "iat": now,
        "jti": secrets.token_urlsafe(16),
        "access": access,
        "holder": _holder(actor),
    }
    return IssuedToken(
        token=jwt.encode(claims, signer.private_key, ALGORITHM, dict(signer.headers)),
        lifetime=lifetime,
        issued_at=datetime.fromtimestamp(now, UTC),
        granted=tuple(Scope(entry["type"], entry["name"], frozenset(entry["actions"])) for entry in access),
    )


def _lifetime(actor: Actor, now: int) -> int:
    """In seconds; what comes of a personal token ends with it."""
    lifetime = 60 * int(configured("token_expiration"))
    return lifetime if actor.token is None else int(max(1, min(lifetime, actor.token.expires_at - now)))


def _holder(actor: Actor) -> dict[str, Any]:
    holder: dict[str, Any] = {"kind": str(actor.kind), "id": actor.id, "version": actor.rights_version}
    if actor.token is not None:
        until = actor.token.expires_at if math.isfinite(actor.token.expires_at) else None
        holder["token"] = {"id": actor.token.id, "name": actor.token.name, "until": until}
    return holder


def granted_access(actor: Actor, scopes: list[Scope]) -> list[Access]:
    """The entries of the claim ``access``: asked ∩ allowed, without those where nothing is left.

    Beside what every registry reads, an entry on a repository carries its project's id and version, by which we know
    later whether it still holds.
    """
    rights = repository_rights(actor, [scope.name for scope in scopes if scope.type == "repository"])
    access: list[Access] = []
    for scope in scopes:
        if scope.type == "repository":
            access += _on_repository(scope, rights)
        elif (scope.type, scope.name) == CATALOG and EVERYTHING in scope.actions and catalog_allowed(actor):
            access.append({"type": scope.type, "name": scope.name, "actions": [EVERYTHING]})
    return access


def _on_repository(scope: Scope, rights: Mapping[str, RepositoryRights]) -> list[Access]:
    held = rights.get(scope.name)
    if held is None:
        return []
    actions = held.actions if EVERYTHING in scope.actions else held.actions & scope.actions
    if not actions:
        return []
    return [
        {
            "type": scope.type,
            "name": scope.name,
            "actions": sorted(actions),
            "project": held.project_id,
            "version": held.project_version,
        }
    ]
