"""Where the present request came from, for every audit row it leads to.

A context variable, so that services need not hand it on: the door that lets a request in fills it, and work without a
request (schedules, commands) finds it empty.
"""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar, Token
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from django.conf import settings

# A proxy's request id is taken over only in this form, since it is echoed in a header and written to logs.
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
CLIENT_LENGTH = 255


@dataclass(frozen=True, slots=True)
class RequestContext:
    """``client`` is the User-Agent, cut to the length that is kept."""

    source_address: str = ""
    request_id: str = ""
    client: str = ""


NO_REQUEST = RequestContext()
_current: ContextVar[RequestContext] = ContextVar("request_context", default=NO_REQUEST)


def current() -> RequestContext:
    return _current.get()


def enter(context: RequestContext) -> Token[RequestContext]:
    return _current.set(context)


def leave(token: Token[RequestContext]) -> None:
    _current.reset(token)


def from_environ(environ: dict[str, Any]) -> RequestContext:
    """The context of a WSGI request."""
    client = environ.get("HTTP_USER_AGENT", "")
    return RequestContext(
        source_address=source_address(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")),
        request_id=request_id(environ.get("HTTP_X_REQUEST_ID", "")),
        client="".join(character for character in client[:CLIENT_LENGTH] if character.isprintable()),
    )


def source_address(peer: str, forwarded_for: str) -> str:
    """The client's address: the peer's, or what the outermost trusted proxy saw.

    With ``settings.TRUSTED_PROXIES`` = n the n-th entry of X-Forwarded-For from the right was written by a proxy of
    ours; everything left of it is only what the client claims. Too few or unreadable entries: the peer itself.
    """
    trusted: int = settings.TRUSTED_PROXIES
    if not trusted or not forwarded_for:
        return peer
    entries = [entry.strip() for entry in forwarded_for.split(",")]
    if len(entries) < trusted:
        return peer
    try:
        return str(ip_address(_without_port(entries[-trusted])))
    except ValueError:
        return peer


def _without_port(entry: str) -> str:
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry


def request_id(given: str) -> str:
    """The id that a proxy gave the request, or a new one."""
    return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
