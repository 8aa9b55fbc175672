"""The proxy that other servers are called by, where an administrator has set one (``settings.REMOTE_PROXY``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import unquote, urlsplit

import urllib3
from django.conf import settings

Address = IPv4Address | IPv6Address
Direct = str | IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Proxy:
    """``user`` is ``name:password``, "" where the proxy wants none."""

    host: str
    port: int
    user: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        """For the proxy alone."""
        return dict(urllib3.make_headers(proxy_basic_auth=self.user)) if self.user else {}


def proxy_for(host: str, addresses: Sequence[Address]) -> Proxy | None:
    """The way to a host that has these addresses, as far as they are known here; None: directly."""
    if not settings.REMOTE_PROXY or _is_called_directly(host, addresses, settings.REMOTE_NO_PROXY):
        return None
    parts = urlsplit(settings.REMOTE_PROXY)
    user = "" if parts.username is None else f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(str(parts.hostname), parts.port or 80, user)


def _is_called_directly(host: str, addresses: Sequence[Address], direct: Iterable[Direct]) -> bool:
    networks = [entry for entry in direct if not isinstance(entry, str)]
    if addresses and all(any(address in network for network in networks) for address in addresses):
        return True
    domains = [entry.lstrip(".").lower() for entry in direct if isinstance(entry, str)]
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
