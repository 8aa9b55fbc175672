"""Verifying tokens: first that we signed them and that they are in time, then that what they say still holds.

The key is found by its id among our own and nowhere else: what a header says about keys (``jwk``, ``jku``, ``x5u``) is
never followed (CVE-2025-24976). The second half asks the database in one query, because rights may have changed since.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import jwt
from django.conf import settings

from accounts.actors import Actor, Kind, TokenUsed
from accounts.token_service import keys
from accounts.token_service.grants import Grant
from accounts.token_service.key_material import ALGORITHM
from registry_api import sql
from registry_api.oci.errors import Unauthorized
from registry_api.oci.reference import project_of

LONGEST_TOKEN = 1 << 16  # characters: what the server takes as a header
HEADER_MEMBERS = {"alg", "typ", "kid", "x5c"}
REQUIRED_CLAIMS = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]

# What grant_now() asks for, as the parts of one query: (0, "", version) of the holder, (id, name, version) of projects.
USER = "SELECT 0, '', rights_version FROM accounts_user WHERE id = %s AND is_active AND deleted_at IS NULL"
ROBOT = (
    "SELECT 0, '', rights_version FROM accounts_robot"
    " WHERE id = %s AND NOT disabled AND (expires_at IS NULL OR expires_at > %s)"
)
PERSONAL = (
    "SELECT 0, '', u.rights_version FROM accounts_personaltoken t JOIN accounts_user u ON u.id = t.user_id"
    " WHERE t.id = %s AND u.id = %s AND u.is_active AND u.deleted_at IS NULL"
    " AND (t.expires_at IS NULL OR t.expires_at > %s)"
)
PROJECTS = "SELECT id, name, rights_version FROM accounts_project WHERE id IN ({})"


class TokenRefused(Unauthorized):
    """The token proves nothing; a client is told to fetch a new one."""

    def __init__(self, why: str = "the token is not valid") -> None:
        super().__init__(why, error="invalid_token")


@dataclass(frozen=True, slots=True)
class Access:
    """What the token says about one repository, and under which version of which project it was true."""

    name: str
    actions: frozenset[str]
    project_id: int
    project_version: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What a genuine token says, in our own types. ``expires_at`` is in seconds since the epoch, with the leeway, which
    does not reach beyond the end of a personal token that it came of."""

    holder: Actor
    accesses: tuple[Access, ...]
    catalog: bool
    expires_at: float


def verify_token(token: str, header: bytes = b"") -> Grant:
    """What the token allows now. Raises TokenRefused. One query, however much the token names."""
    return grant_now(read_token(token), header)


def read_token(token: str) -> Claims:
    """The claims of a token that one of our keys signed, for us, and whose time it is. Raises TokenRefused."""
    if len(token) > LONGEST_TOKEN:
        raise TokenRefused
    try:
        payload = jwt.decode(
            token,
            _key_of(token),
            algorithms=[ALGORITHM],
            audience=settings.TOKEN_SERVICE,
            issuer=settings.TOKEN_ISSUER,
            leeway=settings.TOKEN_LEEWAY,
            options={"require": REQUIRED_CLAIMS, "strict_aud": True},
        )
        return _claims(payload)
    except jwt.ExpiredSignatureError:
        raise TokenRefused("the token has expired") from None
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, AttributeError):
        # One answer for everything else: a forger learns nothing about which part was wrong.
        raise TokenRefused from None


def grant_now(claims: Claims, header: bytes = b"") -> Grant:
    """What is left of the claims with the rights as they are. Raises TokenRefused when the holder's have changed."""
    holder_version, projects = _present_versions(claims)
    if holder_version != claims.holder.rights_version:
        raise TokenRefused("the rights of the token's holder have changed")
    repositories: dict[str, frozenset[str]] = {}
    void = set()
    for access in claims.accesses:
        if projects.get(access.project_id) == (project_of(access.name), access.project_version):
            repositories[access.name] = access.actions
        else:
            void.add(access.name)
    return Grant(claims.holder, repositories, claims.catalog, claims.expires_at, header, frozenset(void))


def _key_of(token: str) -> Any:
    header = jwt.get_unverified_header(token)
    if not header.keys() <= HEADER_MEMBERS or header["alg"] != ALGORITHM:
        raise TokenRefused
    key = keys.verifier(header["kid"])
    if key is None:
        raise TokenRefused
    return key


def _claims(payload: dict[str, Any]) -> Claims:
    """Raises KeyError, TypeError or ValueError for what we would not have signed."""
    holder = _holder(payload)
    accesses = [entry for entry in payload["access"] if entry["type"] == "repository"]
    catalog = {"type": "registry", "name": "catalog", "actions": ["*"]}
    return Claims(
        holder=holder,
        accesses=tuple(
            Access(entry["name"], frozenset(entry["actions"]), int(entry["project"]), int(entry["version"]))
            for entry in accesses
        ),
        catalog=catalog in payload["access"],
        expires_at=min(
            float(payload["exp"] + settings.TOKEN_LEEWAY), holder.token.expires_at if holder.token else math.inf
        ),
    )


def _holder(payload: dict[str, Any]) -> Actor:
    said = payload["holder"]
    actor = Actor(Kind(said["kind"]), int(said["id"]), payload["sub"], rights_version=int(said["version"]))
    used = said.get("token")
    if used is None:
        return actor
    until = math.inf if used["until"] is None else float(used["until"])
    return actor.through(TokenUsed(int(used["id"]), str(used["name"]), until))


def _present_versions(claims: Claims) -> tuple[int | None, dict[int, tuple[str, int]]]:
    """``(the holder's version, {project id: (name, version)})``; None where the holder may not sign in any more."""
    parts: list[str] = []
    values: list[Any] = []
    if claims.holder.token is not None:
        parts.append(PERSONAL)
        values += [claims.holder.token.id, claims.holder.id, sql.now()]
    elif claims.holder.kind is Kind.USER:
        parts.append(USER)
        values.append(claims.holder.id)
    elif claims.holder.kind is Kind.ROBOT:
        parts.append(ROBOT)
        values += [claims.holder.id, sql.now()]
    projects = {access.project_id for access in claims.accesses}
    if projects:
        marks = ",".join(["%s"] * len(projects))
        parts.append(PROJECTS.format(marks))
        values += projects
    rows = sql.rows(" UNION ALL ".join(parts), values) if parts else []
    found = {number: (name, version) for number, name, version in rows}
    holder = found.pop(0, None)
    if claims.holder.kind is Kind.ANONYMOUS:
        return claims.holder.rights_version, found
    return (holder[1] if holder else None), found
