"""Requests that two servers could read in two ways: refused, and the connection closed, so that nothing is smuggled."""

from __future__ import annotations

import pytest

from accounts.models import Project
from tests.conformance.blobs import Place, digest_of, random_blob
from tests.support.people import Person
from tests.v2.raw import Wire, basic, chunk
from tests.v2.traces import nothing_stored

BODY = b"abc"
DIGEST = digest_of(BODY)
CHUNKED = chunk(BODY) + chunk(b"")
AMBIGUOUS = {
    "length and chunked": (["Content-Length: 3", "Transfer-Encoding: chunked"], CHUNKED),
    "chunked and length": (["Transfer-Encoding: chunked", "Content-Length: 13"], CHUNKED),
    "two lengths": (["Content-Length: 3", "Content-Length: 4"], BODY),
    "a list of lengths": (["Content-Length: 3, 4"], BODY),
    "a length with a sign": (["Content-Length: +3"], BODY),
    "a negative length": (["Content-Length: -3"], BODY),
    "a length in hex": (["Content-Length: 0x3"], BODY),
    "a length with a fraction": (["Content-Length: 3.0"], BODY),
    "a length in words": (["Content-Length: three"], BODY),
    "a length of other digits": (["Content-Length: \xb3"], BODY),
    "a length with an underscore": (["Content-Length: 0_3"], BODY),
    "a huge length": (["Content-Length: " + "9" * 30], BODY),
    "chunked twice": (["Transfer-Encoding: chunked, chunked"], CHUNKED),
    "chunked not last": (["Transfer-Encoding: chunked, gzip"], CHUNKED),
    "another encoding": (["Transfer-Encoding: xchunked"], CHUNKED),
    "a blank before the colon": (["Transfer-Encoding : chunked"], CHUNKED),
    "a vertical tab": (["Transfer-Encoding: \x0bchunked"], CHUNKED),
    "a folded line": (["Transfer-Encoding:\r\n chunked"], CHUNKED),
}


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_ambiguous_framing(wire: Wire, place: Place, project: Project, owner: Person, case: str):
    headers, body = AMBIGUOUS[case]
    with nothing_stored(project):
        wire.begin("POST", f"{place.uploads}?digest={DIGEST}", basic(owner), *headers)
        try:
            wire.send(body + b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n")
            assert wire.reply().status in (400, 411, 413, 501)
            assert wire.ended(), "the connection must not be used again"
        except ConnectionError:
            pass


def test_another_header_that_looks_alike(wire: Wire, place: Place, owner: Person):
    """An underscore is no dash: ignored, or refused."""
    wire.begin(
        "POST", f"{place.uploads}?digest={DIGEST}", basic(owner), "Transfer_Encoding: chunked", "Content-Length: 3"
    )
    wire.send(BODY)
    assert wire.reply().status in (201, 400)


def test_compressed_on_the_way(wire: Wire, place: Place, owner: Person):
    """Refused, or taken as it comes: then what has the digest is what was sent, and the connection ends with it."""
    sent = basic(owner), "Transfer-Encoding: gzip, chunked"
    wire.begin("POST", f"{place.uploads}?digest={DIGEST}", *sent)
    wire.send(CHUNKED)
    status = wire.reply().status
    assert status in (201, 400, 501)
    assert wire.ended()
    assert status != 201 or place.registry.get(place.blob(DIGEST)).body == BODY


SMUGGLED = b"DELETE /v2/smuggled/manifests/tag HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "target", ["/v2/", "/v2/nobody/nothing/manifests/tag", "/v2/nobody/nothing/tags/list", "/other"]
)
@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_body_of_a_request_that_has_none(wire: Wire, owner: Person, target: str, framing: str, method: str):
    """Read away, or the connection closed: never taken for the next request."""
    if framing == "length":
        wire.begin(method, target, basic(owner), f"Content-Length: {len(SMUGGLED)}")
        wire.send(SMUGGLED)
    else:
        wire.begin(method, target, basic(owner), "Transfer-Encoding: chunked")
        wire.send(chunk(SMUGGLED) + chunk(b""))
    first = wire.reply(method)
    only_answer(wire, first.header("Connection"))


def only_answer(wire: Wire, connection: str | None) -> None:
    """The next request on the connection gets the next answer, if there can be a next one."""
    try:
        wire.begin("GET", "/v2/")
        reply = wire.reply()
    except ConnectionError:
        return
    assert connection != "close"
    assert (reply.status, reply.codes) == (401, ["UNAUTHORIZED"])
    assert "smuggled" not in (reply.header("WWW-Authenticate") or "")


@pytest.mark.parametrize("size", [len(SMUGGLED), 300_000, 3_000_000])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_body_of_a_refused_request(wire: Wire, place: Place, size: int, framing: str):
    """As when docker sends a layer before it has its token."""
    body = (SMUGGLED * (size // len(SMUGGLED) + 1))[:size]
    if framing == "length":
        wire.begin("POST", place.uploads, f"Content-Length: {size}")
    else:
        wire.begin("POST", place.uploads, "Transfer-Encoding: chunked")
        body = chunk(body) + chunk(b"")
    try:
        wire.send(body)
    except ConnectionError:
        return
    try:
        first = wire.reply()
    except ConnectionError:  # reset: the server closed with our bytes unread
        return
    assert first.status == 401
    only_answer(wire, first.header("Connection"))


def test_expected_continue(wire: Wire, place: Place, owner: Person):
    """A client that waits to be told to go on (curl, for large bodies) is told so, or refused at once."""
    blob = random_blob(1000)
    sent = "Content-Length: 1000", "Expect: 100-continue"
    wire.begin("POST", f"{place.uploads}?digest={blob.digest}", basic(owner), *sent)
    first = wire.reply()
    assert first.status == 100
    wire.send(blob.content)
    assert wire.reply().status == 201
    wire.begin("POST", f"{place.uploads}?digest={blob.digest}", *sent)
    assert wire.reply().status in (100, 401)


def test_two_requests_at_once(wire: Wire, place: Place, owner: Person):
    """Answers come in the order of the requests."""
    blob = random_blob(10)
    wire.begin("POST", f"{place.uploads}?digest={blob.digest}", basic(owner), "Content-Length: 10")
    wire.send(blob.content)
    wire.begin("GET", place.blob(blob.digest), basic(owner))
    wire.begin("GET", "/v2/", basic(owner))
    assert [wire.reply().status for _ in range(3)] == [201, 200, 200]


def test_no_body_behind_a_head(wire: Wire, place: Place, owner: Person):
    """On the wire, not only in a library that would not look for it."""
    blob = random_blob(10)
    assert wire.request("POST", f"{place.uploads}?digest={blob.digest}", basic(owner), body=blob.content).status == 201
    for target in (place.blob(blob.digest), place.manifest("missing"), "/v2/", place.tags, place.referrers(DIGEST)):
        wire.begin("HEAD", target, basic(owner))
        head = wire.reply("HEAD")
        wire.begin("GET", "/v2/", basic(owner))
        assert wire.reply().status == 200, f"after HEAD {target} -> {head.status}"
