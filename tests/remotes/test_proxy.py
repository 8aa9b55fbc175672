"""By a proxy, where an administrator has set one: https through a tunnel, and the guard of addresses still holds."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from registry_api.remotes.addresses import Reach, resolve
from registry_api.remotes.errors import AddressRefused, Refused, RemoteError, Unreachable, Untrusted
from tests.remotes.certificates import self_signed
from tests.remotes.conftest import MakeAdapter, bytes_of, digest_of, read_blob
from tests.support.docker_registry import DockerRegistry
from tests.support.forward_proxy import ForwardProxy
from tests.support.hand_made import HandMade

# Nobody knows these names but the proxy.
OUTSIDE = "registry.outside.invalid"
ELSEWHERE = "store.outside.invalid"
USER = "portolan:proxy-secret"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[tuple[HandMade, str]]:
    """One with TLS, and its certificate."""
    certificate = self_signed(tmp_path, OUTSIDE)
    with HandMade(certificate=certificate) as server:
        server.on("GET /v2/", 200)
        yield server, certificate[0].read_text()


@pytest.fixture
def proxy(settings: Any, registry: tuple[HandMade, str], docker_registry: DockerRegistry) -> Iterator[ForwardProxy]:
    places = {f"{OUTSIDE}:443": registry[0].port, f"{ELSEWHERE}:80": docker_registry.port}
    with ForwardProxy(places) as server:
        settings.REMOTE_PROXY = f"http://127.0.0.1:{server.port}"
        # The proxy itself is the administrator's choice, whatever else may be called.
        settings.ALLOWED_NETWORKS = []
        yield server


def test_https_goes_through_a_tunnel(proxy: ForwardProxy, registry: tuple[HandMade, str], adapter: MakeAdapter) -> None:
    server, certificate = registry
    adapter(f"https://{OUTSIDE}", user=("robot", "secret"), ca_certificate=certificate).check()
    assert proxy.asked == [f"CONNECT {OUTSIDE}:443"]
    assert [call.headers["host"] for call in server.calls] == [OUTSIDE]


def test_the_certificate_is_verified_all_the_same(
    proxy: ForwardProxy, registry: tuple[HandMade, str], adapter: MakeAdapter
) -> None:
    with pytest.raises(Untrusted, match=f"certificate of {OUTSIDE} is not trusted"):
        adapter(f"https://{OUTSIDE}").check()
    assert registry[0].calls == []


def test_http_is_asked_of_the_proxy_itself(proxy: ForwardProxy, adapter: MakeAdapter, name: str) -> None:
    content = secrets.token_bytes(3 << 20)
    there = adapter(f"http://{ELSEWHERE}")
    there.repository(name).upload_blob(digest_of(content), len(content), bytes_of(content), chunk=1 << 20)
    assert read_blob(there, name, digest_of(content)) == content
    assert {asked.partition(" ")[2] for asked in proxy.asked} == {f"{ELSEWHERE}:80"}


@pytest.mark.parametrize("direct", ["127.0.0.0/8", "localhost"])
def test_who_is_called_directly(
    proxy: ForwardProxy, docker_registry: DockerRegistry, adapter: MakeAdapter, settings: Any, direct: str
) -> None:
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.REMOTE_NO_PROXY = [ip_network(direct) if "/" in direct else direct]
    adapter(f"http://localhost:{docker_registry.port}").check()
    assert proxy.asked == []


@pytest.mark.parametrize(
    ("host", "direct"),
    [("lan", True), ("registry.lan", True), ("REGISTRY.LAN", True), ("plan", False), ("lan.invalid", False)],
)
def test_a_name_stands_for_all_below_it(settings: Any, host: str, direct: bool) -> None:
    settings.REMOTE_PROXY, settings.REMOTE_NO_PROXY = "http://proxy:3128", [".lan"]
    target = resolve(f"http://{host}/", Reach.PRIVATE, lookup=lambda host: [ip_network("10.0.0.1").network_address])
    assert (target.proxy is None) is direct


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "http://127.0.0.1/", "http://localhost/", "http://[::1]/"])
def test_what_is_known_to_be_inside_is_not_even_asked_of_it(
    proxy: ForwardProxy, adapter: MakeAdapter, url: str
) -> None:
    with pytest.raises(AddressRefused):
        adapter(url).check()
    assert proxy.asked == []


def test_no_redirect_leads_inwards(proxy: ForwardProxy, registry: tuple[HandMade, str], adapter: MakeAdapter) -> None:
    server, certificate = registry
    server.on("GET /v2/a/b/blobs/", 307, Location="https://169.254.169.254/")
    with pytest.raises(AddressRefused):
        read_blob(adapter(f"https://{OUTSIDE}", ca_certificate=certificate), "a/b", digest_of(b"x"))
    assert set(proxy.asked) == {f"CONNECT {OUTSIDE}:443"}


def test_nothing_outside_leads_to_private_networks(settings: Any) -> None:
    settings.REMOTE_PROXY = "http://proxy:3128"
    assert resolve(f"https://{OUTSIDE}/", Reach.PRIVATE).reach is Reach.PUBLIC


def test_a_name_and_password_for_the_proxy_alone(
    proxy: ForwardProxy, registry: tuple[HandMade, str], adapter: MakeAdapter, settings: Any
) -> None:
    proxy.user = base64.b64encode(USER.encode()).decode()
    settings.REMOTE_PROXY = settings.REMOTE_PROXY.replace("//", f"//{USER}@")
    server, certificate = registry
    adapter(f"https://{OUTSIDE}", ca_certificate=certificate).check()
    adapter(f"http://{ELSEWHERE}").check()
    assert [method.partition(" ")[0] for method in proxy.asked] == ["CONNECT", "GET"]
    assert all("proxy-authorization" not in call.headers for call in server.calls)


def test_a_proxy_that_does_not_know_us(
    proxy: ForwardProxy, adapter: MakeAdapter, settings: Any, pauses: list[float]
) -> None:
    proxy.user = base64.b64encode(USER.encode()).decode()
    settings.REMOTE_PROXY = settings.REMOTE_PROXY.replace("//", "//portolan:wrong@")
    with pytest.raises(Refused, match=rf"does not lead to {OUTSIDE} \(status 407\)") as refused:
        adapter(f"https://{OUTSIDE}").check()
    assert (refused.value.may_pass, pauses) == (False, [])
    assert "wrong" not in refused.value.message and "127.0.0.1" not in refused.value.message


def test_a_proxy_that_finds_nobody(proxy: ForwardProxy, adapter: MakeAdapter, pauses: list[float]) -> None:
    for url in ("https://nobody.invalid", "http://nobody.invalid"):
        with pytest.raises(RemoteError, match="status 502") as refused:
            adapter(url).check()
        assert refused.value.may_pass
    assert len(pauses) == 6


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there(settings: Any, adapter: MakeAdapter, scheme: str) -> None:
    settings.REMOTE_PROXY = "http://127.0.0.1:1"
    with pytest.raises(Unreachable) as refused:
        adapter(f"{scheme}://{OUTSIDE}").check()
    assert refused.value.message == f"no connection to {OUTSIDE} by way of the proxy"
