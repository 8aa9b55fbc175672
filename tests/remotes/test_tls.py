"""Certificates are verified against the name in the address, by the system's authorities or by the given one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from registry_api.remotes.addresses import Reach
from registry_api.remotes.errors import Unreachable, Untrusted, UnusableCertificate
from registry_api.remotes.transport import Transport, tls_context
from tests.remotes.certificates import self_signed
from tests.remotes.conftest import MakeAdapter
from tests.support.hand_made import HandMade


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Any]:
    """``serve(host)`` starts a registry with a certificate for that host; returns the server and the certificate."""
    with ExitStack() as opened:

        def start(host: str, **options: int) -> tuple[HandMade, str]:
            certificate = self_signed(tmp_path, host, **options)
            server = opened.enter_context(HandMade({"GET /v2/": lambda call: call.reply(200)}, certificate))
            return server, certificate[0].read_text()

        yield start


def test_it_works(serve: Any, adapter: MakeAdapter) -> None:
    server, certificate = serve("127.0.0.1")
    adapter(server.url, ca_certificate=certificate).check()


def test_a_certificate_that_nobody_vouches_for(serve: Any, adapter: MakeAdapter, pauses: list[float]) -> None:
    server, _ = serve("127.0.0.1")
    with pytest.raises(Untrusted, match="is not trusted: self-signed certificate"):
        adapter(server.url).check()
    assert server.calls == [] and pauses == []


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_one_that_is_not_to_be_verified(serve: Any, adapter: MakeAdapter) -> None:
    server, _ = serve("other.example.com", days=-1)
    adapter(server.url, insecure=True).check()


def test_one_for_another_host(serve: Any, adapter: MakeAdapter) -> None:
    server, certificate = serve("other.example.com")
    with pytest.raises(Untrusted, match=r"not valid for '127\.0\.0\.1'"):
        adapter(server.url, ca_certificate=certificate).check()


def test_one_that_is_over(serve: Any, adapter: MakeAdapter) -> None:
    server, certificate = serve("127.0.0.1", days=-1)
    with pytest.raises(Untrusted, match="expired"):
        adapter(server.url, ca_certificate=certificate).check()


def test_the_name_counts_and_not_the_address_that_is_called(
    serve: Any, adapter: MakeAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is pinned, but certificate, Host header and the name in the handshake are those of the URL."""
    server, certificate = serve("registry.example.com")
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]
    real = socket.getaddrinfo

    def lookup(host: str, *args: Any, **options: Any) -> Any:
        return found if host == "registry.example.com" else real(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    names: list[str] = []
    server._context.sni_callback = lambda connection, name, context: names.append(name)
    adapter(f"https://registry.example.com:{server.port}", ca_certificate=certificate).check()
    assert names == ["registry.example.com"]
    assert server.calls[0].headers["host"] == f"registry.example.com:{server.port}"


def test_plain_http_where_tls_is_wanted(hand_made: HandMade) -> None:
    transport = Transport(reach=Reach.PRIVATE, connect_seconds=0.5)
    with pytest.raises(Unreachable):
        transport.exchange("GET", hand_made.url.replace("http:", "https:"))


@pytest.mark.parametrize("text", ["nonsense", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----", "é"])
def test_what_is_no_certificate(text: str) -> None:
    with pytest.raises(UnusableCertificate, match="PEM"):
        tls_context(text)
