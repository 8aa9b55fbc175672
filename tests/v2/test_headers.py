"""Headers of answers, and requests whose own are odd."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.blobs import Place, post_only, random_blob
from tests.conformance.data_sets import build
from tests.conformance.steps import push
from tests.support.people import Person
from tests.support.product import Product
from tests.v2.raw import Reply, Wire, basic

DIGEST = f"sha256:{'a' * 64}"
SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def addresses(place: Place) -> list[tuple[str, str]]:
    return [
        ("GET", "/v2/"),
        ("GET", "/v2"),
        ("GET", "/v2/_catalog"),
        ("GET", place.tags),
        ("GET", place.manifest("image")),
        ("HEAD", place.manifest("image")),
        ("GET", place.manifest("missing")),
        ("GET", place.blob(DIGEST)),
        ("POST", place.uploads),
        ("GET", place.referrers(DIGEST)),
        ("DELETE", place.manifest("missing")),
        ("GET", "/v2/nowhere"),
    ]


@pytest.mark.parametrize("signed_in", [True, False])
def test_every_answer(wire: Wire, place: Place, owner: Person, signed_in: bool):
    """The version, a request id and a length, each once; errors as the specification writes them."""
    push(place, build("image"))
    for method, target in addresses(place):
        reply = wire.request(method, target, *([basic(owner)] if signed_in else []))
        assert reply.header("Docker-Distribution-Api-Version") == "registry/2.0", target
        assert re.fullmatch(r"[0-9A-Za-z_.-]{8,64}", reply.header("X-Request-Id") or ""), target
        assert reply.header("Content-Length") is not None, target
        assert reply.values("Set-Cookie") == reply.values("Vary") == []
        if reply.status >= 400:
            check_error(reply, method)


def check_error(reply: Reply, method: str) -> None:
    assert reply.header("Content-Type") == "application/json; charset=utf-8"
    assert reply.status != 500
    if method != "HEAD":
        assert all(re.fullmatch("[A-Z_]+", code) for code in reply.codes)


def test_challenge_holds_no_word_that_clients_look_for(wire: Wire):
    """Some take the last "basic" or "bearer" anywhere in the header for the scheme, and want their values quoted."""
    challenge = wire.request("GET", "/v2/").header("WWW-Authenticate") or ""
    assert len(re.findall("(?i)basic|bearer", challenge)) == 1
    assert re.fullmatch(r'Bearer realm="[^"]+",service="[^"]+"', challenge)


def test_realm_follows_the_host(product: Product):
    """So that several names of one registry all work."""
    for host in (f"127.0.0.1:{product.port}", f"localhost:{product.port}"):
        with Wire(product) as wire:
            wire.begin("GET", "/v2/", host=host)
            assert f'realm="http://{host}/service/token"' in (wire.reply().header("WWW-Authenticate") or "")


@pytest.mark.parametrize("host", ['evil"', "a b", "a/b", "a@b", "a\\b", "", "[::1", "x" * 5000, "a,b", "a\tb"])
def test_bad_host(product: Product, host: str):
    """It would become a part of the realm."""
    with Wire(product) as wire:
        wire.begin("GET", "/v2/", host=host)
        try:
            reply = wire.reply()
        except ConnectionError:
            return
        assert reply.status in (400, 401, 431)
        if reply.status == 401:
            challenge = reply.header("WWW-Authenticate") or ""
            assert re.fullmatch(r'Bearer realm="http://[^"\s\\,@]+/service/token",service="[^"]+"', challenge)


@pytest.mark.parametrize("lines", [[], ["Host: a", "Host: b"]], ids=["none", "two"])
def test_no_host_or_two(wire: Wire, lines: list[str]):
    wire.send("\r\n".join(["GET /v2/ HTTP/1.1", *lines, "", ""]).encode())
    try:
        assert wire.reply().status == 400
    except ConnectionError:
        pass


def test_forwarding_headers_of_anybody(wire: Wire, product: Product):
    """Nobody told this product that there is a proxy in front of it."""
    forged = "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https", "Forwarded: host=evil.example;proto=https"
    challenge = wire.request("GET", "/v2/", *forged).header("WWW-Authenticate") or ""
    assert f'realm="{product.url}/service/token"' in challenge


def test_known_content_is_not_sent_again(wire: Wire, place: Place, owner: Person):
    push(place, build("image"))
    for target in (place.manifest("image"),):
        first = wire.request("GET", target, basic(owner))
        etag = first.header("ETag")
        for _ in range(3):
            again = wire.request("GET", target, basic(owner), f"If-None-Match: {etag}")
            assert (again.status, again.body, again.header("ETag")) == (304, b"", etag)
        other = wire.request("GET", target, basic(owner), f'If-None-Match: "{DIGEST}"')
        assert (other.status, other.body) == (200, first.body)


WRONG = [
    ("POST", "/v2/"),
    ("DELETE", "/v2/"),
    ("POST", "manifest"),
    ("PATCH", "manifest"),
    ("PUT", "tags"),
    ("DELETE", "tags"),
    ("PUT", "blob"),
    ("POST", "blob"),
    ("PUT", "referrers"),
    ("PUT", "uploads"),
    ("PATCH", "uploads"),
    ("PROPFIND", "manifest"),
    ("TRACE", "/v2/"),
    ("OPTIONS", "/v2/"),
    ("OPTIONS", "manifest"),
    ("get", "/v2/"),
    ("GETT", "blob"),
]


@pytest.mark.parametrize(("method", "target"), WRONG)
def test_method_that_an_address_does_not_know(wire: Wire, place: Place, owner: Person, method: str, target: str):
    """405 and what it does know (RFC 9110 §15.5.6); or not HTTP at all."""
    known = {
        "manifest": place.manifest("tag"),
        "tags": place.tags,
        "blob": place.blob(DIGEST),
        "referrers": place.referrers(DIGEST),
        "uploads": place.uploads,
    }
    reply = wire.request(method, known.get(target, target), basic(owner))
    assert reply.status in (400, 405, 501)
    if reply.status == 405:
        assert reply.codes == ["UNSUPPORTED"]
        assert reply.header("Allow")


def test_method_override(wire: Wire, place: Place, owner: Person):
    """A GET stays one."""
    push(place, build("image"))
    wire.request("GET", place.manifest("image"), basic(owner), "X-HTTP-Method-Override: DELETE")
    assert wire.request("HEAD", place.manifest("image"), basic(owner)).status == 200


ODD = {
    "long line": "X: " + "a" * 100_000,
    "long name": "X" * 100_000 + ": a",
    "NUL": "X: a\0b",
    "no colon": "hello",
    "blank name": ": a",
    "blank in the name": "X Y: a",
    "bare CR": "X: a\rb",
    "bare LF": "X: a\n b",
    "leading blank": " X: a",
}


@pytest.mark.parametrize("line", ODD.values(), ids=ODD.keys())
def test_odd_header_line(wire: Wire, owner: Person, line: str):
    wire.begin("GET", "/v2/", basic(owner), line)
    try:
        assert wire.reply().status in (200, 400, 431)
    except ConnectionError:
        pass


def test_many_headers(wire: Wire, owner: Person):
    wire.begin("GET", "/v2/", basic(owner), *(f"X-{number}: a" for number in range(5000)))
    try:
        assert wire.reply().status in (400, 431)
    except ConnectionError:
        pass


@pytest.mark.parametrize(
    "target", ["/v2/" + "a" * 50_000, "/v2/?" + "a=b&" * 20_000, "v2/", "*", "//v2/", "/v2/#x", "/v2/ /x"]
)
def test_odd_target(wire: Wire, owner: Person, target: str):
    wire.begin("GET", target, basic(owner))
    try:
        assert wire.reply().status in (200, 301, 302, 400, 404, 414, 431)
    except ConnectionError:
        pass


def test_whole_address_as_a_target(wire: Wire, product: Product, owner: Person):
    """As a proxy is asked (RFC 9112 §3.2.2)."""
    wire.begin("GET", f"{product.url}/v2/", basic(owner))
    assert wire.reply().status in (200, 400, 404)


@SETTINGS
@given(
    pairs=st.lists(
        st.tuples(
            st.sampled_from(["n", "last", "artifactType", "digest", "mount", "from", "tag", "ns", "x"]), st.text()
        ),
        max_size=4,
    )
)
def test_any_query(place: Place, pairs: list[tuple[str, str]]):
    """Parameters, known and unknown, once or twice, with anything in them."""
    query = urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in pairs])
    for address in (place.tags, place.referrers(DIGEST), place.manifest("tag"), place.blob(DIGEST)):
        place.registry.get(f"{address}?{query}").expect(200, 400, 404)
    answer = place.registry.request("POST", f"{place.uploads}?{query}").expect(202, 400)
    if answer.status == 202:
        place.registry.request("DELETE", answer.location).expect(204)


def test_namespace_of_a_mirror(place: Place):
    """Clients that use us as a mirror say whose: nothing of ours depends on it."""
    blob = random_blob(10)
    post_only(place, blob).expect(201)
    assert place.registry.get(f"{place.blob(blob.digest)}?ns=docker.io").expect(200).body == blob.content
