"""Which addresses the product may call: a URL that somebody wrote must not open a way into the network it runs in.

A host is resolved once, what may not be reached is dropped, and the connection goes to an address that is left: looking
the name up again could give another one (DNS rebinding). ``settings.ALLOWED_NETWORKS`` may always be reached. Where a
proxy is set it connects, and looks names up itself: here only what is known to be forbidden is refused.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from registry_api.remotes.errors import AddressRefused
from registry_api.remotes.proxies import Proxy, proxy_for

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

LONGEST_URL = 8192  # characters
PORTS = {"http": 80, "https": 443}

INSIDE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
# What Python takes for public, or lies in the networks above, and is neither: where clouds tell a machine its secrets,
# as far as that is not link-local, and ranges for special purposes (IANA's registries, RFC 6890).
FORBIDDEN = tuple(
    map(
        ip_network,
        (
            *("168.63.129.16/32", "192.0.0.0/24", "fd00:ec2::/32", "fd20:ce::254/128"),
            *("192.88.99.0/24", "::/96", "64:ff9b:1::/48", "100::/64", "3fff::/20", "5f00::/16", "fec0::/10"),
        ),
    )
)
NAT64 = ip_network("64:ff9b::/96")


class Reach(Enum):
    """How far a URL may lead, depending on who wrote it."""

    PUBLIC = "public"
    """Public addresses only: what project administrators write, and what other servers tell us."""

    PRIVATE = "private"
    """Those of RFC 1918 and the unique local ones of IPv6 (RFC 4193) too: what system administrators write."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be called.

    ``path`` is path and query, as they go into the request. ``addresses`` are the ones to connect to, in this order,
    none of them forbidden; by a ``proxy`` there may be none. ``reach`` is how far this server may lead us: one that is
    public has no business with private addresses.
    """

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]
    reach: Reach
    proxy: Proxy | None = None

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Host and port as they stand in URL and ``Host`` header; the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def check_url(url: str) -> str:
    """The URL itself, known to be well-formed http or https without user, password and fragment.

    No name is resolved. Raises AddressRefused.
    """
    _split(url)
    return url


def lookup(host: str) -> list[IPAddress]:
    """What the name stands for, each once; nothing where it is not known."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ip_address(text) for text in dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)]


def resolve(url: str, reach: Reach = Reach.PUBLIC, lookup: Callable[[str], list[IPAddress]] = lookup) -> Target:
    """Raises AddressRefused, with the same words for a host that is not known and one that may not be reached."""
    parts = _split(url)
    host = str(parts.hostname)
    known = lookup(host)
    addresses = [address for address in known if may_reach(address, reach)]
    proxy = proxy_for(host, addresses)
    if not addresses and (known or proxy is None):
        raise AddressRefused(
            f"{host} has no address that may be reached from here; an administrator can add networks to those allowed"
        )
    return Target(
        scheme=parts.scheme,
        host=host,
        port=parts.port or PORTS[parts.scheme],
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        addresses=tuple(map(str, addresses)),
        reach=Reach.PUBLIC if all(_is_public(_meant(address)) for address in addresses) else reach,
        proxy=proxy,
    )


def may_reach(address: IPAddress, reach: Reach) -> bool:
    """Whether the address itself, and the IPv4 address that it may stand for, lies within reach."""
    meant = _meant(address)
    if _lies_in(address, settings.ALLOWED_NETWORKS) or _lies_in(meant, settings.ALLOWED_NETWORKS):
        return True
    if _lies_in(meant, FORBIDDEN):
        return False
    if reach is Reach.PRIVATE and _lies_in(meant, INSIDE):
        return True
    return _is_public(meant)


def _split(url: str) -> SplitResult:
    wanted = "an address of the form https://host or http://host is wanted"
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        raise AddressRefused(f"{wanted}, without blanks and special characters")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in PORTS and parts.hostname and parts.port != 0 and "%" not in parts.hostname
    except ValueError as error:
        raise AddressRefused(wanted) from error
    if not usable:
        raise AddressRefused(wanted)
    if parts.username is not None or parts.fragment:
        raise AddressRefused(f"{wanted}, without user, password and fragment")
    return parts


def _is_public(address: IPAddress) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _meant(address: IPAddress) -> IPAddress:
    """The IPv4 address that an IPv6 one leads to by way of a translator or tunnel, else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address


def _lies_in(address: IPAddress, networks: Iterable[IPNetwork]) -> bool:
    return any(address in network for network in networks)
