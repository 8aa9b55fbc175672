"""The ``WWW-Authenticate`` header (Docker token authentication; RFC 6750 §3, RFC 7617 §2)."""

from __future__ import annotations

import re

ESCAPED = re.compile(r'(["\\])')
NOT_PRINTABLE = re.compile(r"[^ -~]")


def bearer_challenge(realm: str, service: str, scope: str = "", error: str = "") -> str:
    """Sends the client to the token service at ``realm``; ``scope`` is space-joined, ``error`` one of RFC 6750 §3.1.

    Some clients find the scheme by searching the whole header for "basic" or "bearer": keep those words out of the
    realm's and the service's names.
    """
    given = {"realm": realm, "service": service, "scope": scope, "error": error}
    return "Bearer " + ",".join(f"{name}={_quoted(value)}" for name, value in given.items() if value)


def basic_challenge(realm: str) -> str:
    return f"Basic realm={_quoted(realm)}"


def _quoted(value: str) -> str:
    """A quoted-string (RFC 9110 §5.6.4). What cannot stand in one is left out: nothing may start another header."""
    return '"' + ESCAPED.sub(r"\\\1", NOT_PRINTABLE.sub("", value)) + '"'
