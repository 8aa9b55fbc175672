"""Which addresses may be called: none that leads into the network of the installation, however it is written."""

from __future__ import annotations

import socket
from ipaddress import ip_network
from typing import Any

import pytest

from registry_api.remotes.addresses import Reach, check_url, resolve
from registry_api.remotes.errors import AddressRefused

PUBLIC = ("http://8.8.8.8", "https://1.1.1.1:8443/x?y=z", "http://[2606:4700:4700::1111]/")
PRIVATE = ("http://10.0.0.1", "http://172.31.255.255", "http://192.168.1.1:5000", "http://[fd12:3456::1]")
NEVER = (
    *(
        "http://127.0.0.1",
        "http://127.1",
        "http://0x7f000001",
        "http://2130706433",
        "http://0177.0.0.1",
        "http://[::1]",
    ),
    *(
        "http://0.0.0.0",
        "http://[::]",
        "http://169.254.169.254",
        "http://[fe80::1]",
        "http://224.0.0.1",
        "http://[ff02::1]",
    ),
    *("http://255.255.255.255", "http://240.0.0.1", "http://100.64.0.1", "http://192.0.2.1", "http://[2001:db8::1]"),
    # The metadata services that are neither link-local nor loopback.
    *("http://168.63.129.16", "http://[fd00:ec2::254]", "http://100.100.100.200", "http://192.0.0.192"),
    *("http://198.18.0.1", "http://192.88.99.1", "http://[64:ff9b:1::7f00:1]", "http://[3fff::1]", "http://[fec0::1]"),
    # IPv4 in the dress of IPv6: mapped, translated, tunnelled.
    *(
        "http://[::ffff:127.0.0.1]",
        "http://[64:ff9b::7f00:1]",
        "http://[2002:7f00:1::]",
        "http://[::ffff:169.254.169.254]",
    ),
    "http://[::127.0.0.1]",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]",
)
NO_URL = (
    *(
        "",
        "registry.example.com",
        "//8.8.8.8",
        "ftp://8.8.8.8",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://:80",
    ),
    *("http://me@8.8.8.8", "http://me:secret@8.8.8.8", "http://8.8.8.8/#x", "http://8.8.8.8:0", "http://8.8.8.8:65536"),
    *(
        "http://8.8.8.8:x",
        "http://[::1",
        "http://8.8.8.8\\@127.0.0.1",
        "http://8.8.8.8 .example.com",
        "http://8.8.8.8/\n",
    ),
    *("http://[fe80::1%25eth0]", "http://éxample.com", f"http://8.8.8.8/{'x' * 9000}"),
)


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings: Any) -> None:
    """Here it is not."""
    settings.ALLOWED_NETWORKS = []


@pytest.mark.parametrize("url", PUBLIC)
@pytest.mark.parametrize("reach", Reach)
def test_it_works(url: str, reach: Reach) -> None:
    assert resolve(url, reach).reach is Reach.PUBLIC


@pytest.mark.parametrize("url", PRIVATE)
def test_private_networks_are_for_system_administrators(url: str) -> None:
    assert resolve(url, Reach.PRIVATE).reach is Reach.PRIVATE
    with pytest.raises(AddressRefused, match="no address that may be reached"):
        resolve(url, Reach.PUBLIC)


@pytest.mark.parametrize("url", NEVER)
@pytest.mark.parametrize("reach", Reach)
def test_what_nobody_may_call(url: str, reach: Reach) -> None:
    with pytest.raises(AddressRefused, match="no address that may be reached"):
        resolve(url, reach)


@pytest.mark.parametrize("url", NO_URL)
def test_what_is_no_address_at_all(url: str) -> None:
    for asked in (check_url, resolve):
        with pytest.raises(AddressRefused, match="is wanted") as refused:
            asked(url)
        assert "secret" not in refused.value.message


@pytest.mark.parametrize("reach", Reach)
def test_what_is_allowed_is_allowed(settings: Any, reach: Reach) -> None:
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8"), ip_network("169.254.169.254")]
    assert resolve("http://127.0.0.1", reach).addresses == ("127.0.0.1",)
    assert resolve("http://[::ffff:127.0.0.1]", reach).addresses == ("::ffff:7f00:1",)
    assert resolve("http://169.254.169.254", reach).addresses == ("169.254.169.254",)
    with pytest.raises(AddressRefused):
        resolve("http://[::1]", reach)


def test_of_several_addresses_the_forbidden_ones_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a name may have them that its owner chose to lead us astray."""
    answers_with(monkeypatch, "127.0.0.1", "8.8.8.8", "10.0.0.1", "8.8.8.8")
    assert resolve("http://example.com", Reach.PUBLIC).addresses == ("8.8.8.8",)
    target = resolve("http://example.com", Reach.PRIVATE)
    assert (target.addresses, target.reach) == (("8.8.8.8", "10.0.0.1"), Reach.PRIVATE)


def test_an_unknown_name_and_a_forbidden_one_are_told_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody maps the network inside by asking for names."""

    def unknown(*args: object, **options: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(AddressRefused) as first:
        resolve("http://intranet.example.com")
    answers_with(monkeypatch, "10.1.2.3")
    with pytest.raises(AddressRefused) as second:
        resolve("http://intranet.example.com")
    assert first.value.message == second.value.message
    assert "10.1.2.3" not in second.value.message


def test_the_authority_as_the_host_header_has_it() -> None:
    written = {
        "http://8.8.8.8": "8.8.8.8",
        "https://8.8.8.8:80": "8.8.8.8:80",
        "http://[2606:4700::1]:81": "[2606:4700::1]:81",
    }
    assert {url: resolve(url).authority for url in written} == written


def answers_with(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
