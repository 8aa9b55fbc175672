"""Scopes: what a token is asked for (Docker token authentication, "Token Scope Documentation")."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from registry_api.oci.errors import NameInvalid, OciError
from registry_api.oci.reference import parse_name

# A push that mounts layers from many repositories asks for one scope each.
MOST_SCOPES = 200
MOST_CHARACTERS = 32_768
# A name may hold a host with a port: the type ends at the first colon, the actions begin after the last.
SCOPE = re.compile(r"([a-z0-9]+)(?:\([a-z0-9]+\))?:(.+):([a-z*,]+)")
OTHER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]*")
ACTION = re.compile(r"[a-z]+|\*")


class ScopeInvalid(OciError):
    """The token service is no part of the OCI specification; its code is of the kind that the REST interface has."""

    code = "BAD_REQUEST"
    status = 400
    message = "too many scopes"


@dataclass(frozen=True, slots=True)
class Scope:
    """Actions on one thing: ``repository`` with a repository's name, or ``registry`` with ``catalog``, or a type that
    the caller does not know and grants nothing for. The action ``*`` stands for all."""

    type: str
    name: str
    actions: frozenset[str]

    def __str__(self) -> str:
        return f"{self.type}:{self.name}:{','.join(sorted(self.actions))}"


def parse_scopes(values: Iterable[str]) -> list[Scope]:
    """The scopes of all ``scope`` parameters, each of which may hold several separated by spaces.

    Scopes for the same thing become one. A malformed one is left out and asks for nothing. The class in
    ``repository(plugin)`` only tells what the repository holds; it is dropped, for registries refuse tokens that repeat
    it. Raises ScopeInvalid beyond 200 scopes or 32,768 characters.
    """
    found: dict[tuple[str, str], frozenset[str]] = {}
    for text in _split(values):
        scope = _parse(text)
        if scope is not None:
            key = scope.type, scope.name
            found[key] = found.get(key, frozenset()) | scope.actions
    return [Scope(*key, actions) for key, actions in found.items()]


def _split(values: Iterable[str]) -> list[str]:
    pieces: list[str] = []
    characters = 0
    for value in values:
        characters += len(value) + 1
        if characters > MOST_CHARACTERS:
            raise ScopeInvalid(f"scopes may have at most {MOST_CHARACTERS} characters")
        pieces += filter(None, value.split(" "))
        if len(pieces) > MOST_SCOPES:
            raise ScopeInvalid(f"at most {MOST_SCOPES} scopes at once")
    return pieces


def _parse(text: str) -> Scope | None:
    parts = SCOPE.fullmatch(text)
    if parts is None or not _is_name(parts[1], parts[2]):
        return None
    actions = parts[3].split(",")
    if not all(map(ACTION.fullmatch, actions)):
        return None
    return Scope(parts[1], parts[2], frozenset(actions))


def _is_name(kind: str, name: str) -> bool:
    """A repository is named here as in every address of the registry: read in two ways, a name could widen rights."""
    if kind != "repository":
        return OTHER_NAME.fullmatch(name) is not None
    try:
        parse_name(name)
    except NameInvalid:
        return False
    return True
