"""Under which address a client reached us, so that it can be sent to the token service by the same one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http.request import split_domain_port, validate_host

TOKEN_PATH = "/service/token"  # noqa: S105


class HasMeta(Protocol):
    """Django's request or DRF's."""

    @property
    def META(self) -> Mapping[str, Any]: ...


def token_realm(request: HasMeta) -> str:
    """The token service's address, with the protocol and host that the client used (Harbor does so too).

    The protocol of ``settings.EXTERNAL_URL`` wins where it is set. Raises DisallowedHost.
    """
    return f"{client_url(request)}{TOKEN_PATH}"


def client_url(request: HasMeta) -> str:
    """Our own address as the client wrote it, without a path. Raises DisallowedHost."""
    return f"{_scheme(request.META)}://{_host(request.META)}"


def _scheme(meta: Mapping[str, Any]) -> str:
    if settings.EXTERNAL_URL:
        return str(settings.EXTERNAL_URL).partition("://")[0]
    forwarded = _from_proxy(meta.get("HTTP_X_FORWARDED_PROTO", "")).lower()
    return forwarded if forwarded in ("http", "https") else meta.get("wsgi.url_scheme", "http")


def _host(meta: Mapping[str, Any]) -> str:
    host = _from_proxy(meta.get("HTTP_X_FORWARDED_HOST", "")) or meta.get("HTTP_HOST") or _own_name(meta)
    domain, _port = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        raise DisallowedHost(f"requests for the host {host[:255]!r} are not answered here (PORTOLAN_ALLOWED_HOSTS)")
    return host


def _from_proxy(header: str) -> str:
    """What the outermost of our own proxies wrote, for each may have added an entry; nothing when none is trusted."""
    trusted: int = settings.TRUSTED_PROXIES
    if not trusted or not header:
        return ""
    entries = [entry.strip() for entry in header.split(",")]
    return entries[max(0, len(entries) - trusted)]


def _own_name(meta: Mapping[str, Any]) -> str:
    name, port = meta.get("SERVER_NAME", ""), str(meta.get("SERVER_PORT", ""))
    return name if port in ("80", "443", "") else f"{name}:{port}"
