"""Redirects are followed for the bytes of blobs alone, never inwards, and without credentials to another server."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from registry_api.remotes.addresses import Reach
from registry_api.remotes.errors import AddressRefused, BadAnswer, RemoteError
from registry_api.remotes.transport import Transport
from tests.remotes.certificates import self_signed
from tests.remotes.conftest import MakeAdapter, bytes_of, digest_of, read_blob
from tests.support.hand_made import Call, HandMade

HELLO = digest_of(b"hello")
BLOB = f"GET /v2/a/b/blobs/{HELLO}"
USER = ("robot", "secret-1")


def to(address: str, status: int = 307) -> Any:
    return lambda call: call.reply(status, Location=address)


@pytest.fixture
def store() -> Iterator[HandMade]:
    """Where the registry keeps its bytes."""

    def answer(call: Call) -> None:
        start = int(call.headers.get("range", "bytes=0-")[6:-1])
        call.reply(206 if start else 200, b"hello"[start:], Content_Range=f"bytes {start}-4/5")

    with HandMade({"GET /bytes": answer}) as server:
        yield server


@pytest.fixture
def registry(store: HandMade) -> Iterator[HandMade]:
    """Wants a name and a password, and leads to the store."""

    def answer(call: Call) -> None:
        if "authorization" in call.headers:
            call.reply(307, Location=f"{store.url}/bytes?signature=x")
        else:
            call.reply(401, WWW_Authenticate='Basic realm="x"')

    with HandMade({"GET /v2/": answer}) as server:
        yield server


@pytest.mark.parametrize("start", [0, 2])
def test_it_works(registry: HandMade, store: HandMade, adapter: MakeAdapter, start: int) -> None:
    assert read_blob(adapter(registry.url, user=USER), "a/b", HELLO, start) == b"hello"[start:]
    assert registry.calls[-1].headers["authorization"].startswith("Basic ")
    assert all("authorization" not in call.headers for call in store.calls)


@pytest.mark.parametrize(
    "inside", ["http://169.254.169.254/latest/", "http://[::1]/", "http://0.0.0.0/", "http://[fe80::1]/"]
)
def test_none_leads_inwards(hand_made: HandMade, adapter: MakeAdapter, inside: str) -> None:
    hand_made.on(BLOB, to(inside))
    with pytest.raises(AddressRefused, match="no address that may be reached"):
        read_blob(adapter(hand_made.url), "a/b", HELLO)


def test_nothing_public_leads_to_private_networks(settings: Any) -> None:
    """Though an administrator may name both."""
    settings.ALLOWED_NETWORKS = [ip_network("10.1.0.0/16")]
    public, private = "http://8.8.8.8/", "http://10.0.0.1/"
    assert Transport(reach=Reach.PRIVATE, home=private).target(private).reach is Reach.PRIVATE
    assert Transport(reach=Reach.PRIVATE, home=private).target(public).reach is Reach.PUBLIC
    assert Transport(reach=Reach.PRIVATE, home=public).target("http://10.1.0.1/").host == "10.1.0.1"
    with pytest.raises(AddressRefused):
        Transport(reach=Reach.PRIVATE, home=public).target(private)


@pytest.mark.parametrize("address", ["", "http://", "ftp://example.com/", "http://127.0.0.1:0/", "//", "http://[x"])
def test_what_leads_nowhere(hand_made: HandMade, adapter: MakeAdapter, address: str) -> None:
    hand_made.on(BLOB, to(address))
    with pytest.raises(RemoteError):
        read_blob(adapter(hand_made.url), "a/b", HELLO)
    assert len(hand_made.calls) < 10


def test_not_in_circles(hand_made: HandMade, adapter: MakeAdapter) -> None:
    hand_made.on(BLOB, to(f"/v2/a/b/blobs/{HELLO}"))
    with pytest.raises(BadAnswer, match="redirects in a row"):
        read_blob(adapter(hand_made.url), "a/b", HELLO)
    assert len(hand_made.calls) < 10


def test_not_out_of_tls(tmp_path: Path, store: HandMade, adapter: MakeAdapter) -> None:
    certificate = self_signed(tmp_path, "127.0.0.1")
    with (
        HandMade({BLOB: to(f"{store.url}/bytes")}, certificate) as server,
        pytest.raises(BadAnswer, match="without TLS"),
    ):
        read_blob(adapter(server.url, ca_certificate=certificate[0].read_text()), "a/b", HELLO)
    assert store.calls == []


def test_a_head_needs_no_redirect(hand_made: HandMade, adapter: MakeAdapter) -> None:
    hand_made.on(BLOB.replace("GET", "HEAD"), to("http://169.254.169.254/"))
    assert adapter(hand_made.url).repository("a/b").has_blob(HELLO)


@pytest.mark.parametrize(
    "ask",
    [
        lambda adapter: adapter.check(),
        lambda adapter: list(adapter.repositories([])),
        lambda adapter: adapter.repository("a/b").get_manifest("v1"),
        lambda adapter: adapter.repository("a/b").delete_manifest(HELLO),
    ],
)
def test_nothing_else_is_redirected(hand_made: HandMade, store: HandMade, adapter: MakeAdapter, ask: Any) -> None:
    for method in ("GET", "DELETE"):
        hand_made.on(f"{method} /v2/", to(f"{store.url}/bytes"))
    with pytest.raises(BadAnswer, match="a redirect"):
        ask(adapter(hand_made.url))
    assert store.calls == []


def test_an_upload_elsewhere_goes_without_credentials(store: HandMade, adapter: MakeAdapter) -> None:
    def begin(call: Call) -> None:
        if "authorization" in call.headers:
            call.reply(202, Location=f"{store.url}/upload/1")
        else:
            call.reply(401, WWW_Authenticate='Basic realm="x"')

    store.on("PUT /upload/1", 201)
    with HandMade({"POST /v2/a/b/blobs/uploads/": begin}) as registry:
        repository = adapter(registry.url, user=USER).repository("a/b")
        repository.upload_blob(HELLO, 5, bytes_of(b"hello"))
    (call,) = store.calls
    assert call.target == f"/upload/1?digest={HELLO.replace(':', '%3A')}"
    assert "authorization" not in call.headers
