"""The first look at heads: only what cannot be misunderstood is plain, and a wrong guess is never an answer."""

import pytest

from portal.server.heads import PlainRequest, outline, plain_head
from tests.server.client import request

PLAIN = (
    b"GET /v2/a/b/manifests/latest HTTP/1.1\r\nHost: registry\r\nUser-Agent: docker/27\r\n"
    b"Authorization: Bearer x\r\nAccept: application/json\r\nAccept: */*\r\nAccept-Encoding: gzip"
)


def question(head: bytes) -> PlainRequest | None:
    """What the fast path gets to see."""
    found = plain_head(head)
    return found and found.question


def test_a_clients_usual_head_is_plain():
    found = question(PLAIN)
    assert found is not None
    assert (found.is_head, found.path, found.authorization) == (False, b"/v2/a/b/manifests/latest", b"Bearer x")


def test_so_is_head_and_keep_alive_and_a_proxys_request_id():
    head = PLAIN.replace(b"GET", b"HEAD") + b"\r\nConnection: Keep-Alive\r\nX-Request-Id: abc-1"
    found = question(head)
    assert (found.is_head, found.request_id) == (True, b"abc-1")


NOT_PLAIN = {
    "a target without a slash": PLAIN.replace(b" /v2", b" :/v2"),
    "a target with two": PLAIN.replace(b" /v2", b" //v2"),
    "a fragment": PLAIN.replace(b"latest", b"latest#1"),
    "a whole address": PLAIN.replace(b" /v2", b" http://registry/v2"),
    "another method": PLAIN.replace(b"GET", b"POST"),
    "HTTP/1.0": PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"),
    "no host": PLAIN.replace(b"Host: registry\r\n", b""),
    "an empty host": PLAIN.replace(b"Host: registry", b"Host: "),
    "two tokens": PLAIN + b"\r\nauthorization: Bearer x",
    "two hosts": PLAIN + b"\r\nhost: registry",
    "two cookies": PLAIN + b"\r\nCookie: a=1\r\nCookie: b=2",
    "a length": PLAIN + b"\r\nContent-Length: 0",
    "a type": PLAIN + b"\r\nContent-Type: text/plain",
    "chunks": PLAIN + b"\r\nTransfer-Encoding: chunked",
    "an expectation": PLAIN + b"\r\nExpect: 100-continue",
    "an upgrade": PLAIN + b"\r\nUpgrade: h2c",
    "an underscore": PLAIN + b"\r\nX_Real_IP: 10.0.0.1",
    "the wish to close": PLAIN + b"\r\nConnection: close",
    "a list of connection options": PLAIN + b"\r\nConnection: keep-alive, X-Other",
    "a folded header": PLAIN + b"\r\n more",
    "a header without a name": PLAIN + b"\r\n: b",
    "a space before the colon": PLAIN.replace(b"Accept:", b"Accept :"),
    "a tab in a value": PLAIN + b"\r\nAccept: a\tb",
    "a NUL": PLAIN + b"\r\nAccept: a\0b",
    "a bare line feed": PLAIN + b"\r\nAccept: a\nb",
    "a bare carriage return": PLAIN + b"\r\nAccept: a\rb",
    "bytes beyond ASCII": PLAIN + b"\r\nAccept: \xe9",
    "an empty line first": b"\r\n" + PLAIN,
    "two spaces": PLAIN.replace(b"GET ", b"GET  "),
    "too many lines": PLAIN + b"\r\nAccept: a" * 60,
    "too long": PLAIN + b"\r\nAccept: " + b"a" * 20_000,
    "nothing": b"",
}


@pytest.mark.parametrize("head", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_anything_else_is_not_plain(head):
    assert plain_head(head) is None


ANSWERED_ANEW = {
    "no token": PLAIN.replace(b"Authorization: Bearer x\r\n", b""),
    "a range": PLAIN + b"\r\nRange: bytes=0-1",
    "a condition": PLAIN + b'\r\nIf-None-Match: "x"',
    "a cookie": PLAIN + b"\r\nCookie: sid=1",
    "an origin": PLAIN + b"\r\nOrigin: https://example.com",
    "an unknown header": PLAIN + b"\r\nX-Unknown: 1",
    "a strange request id": PLAIN + b"\r\nX-Request-Id: a b",
}


@pytest.mark.parametrize("head", ANSWERED_ANEW.values(), ids=ANSWERED_ANEW)
def test_what_may_change_the_answer_is_not_for_the_fast_path(head):
    assert plain_head(head)
    assert question(head) is None


def test_an_outline_says_what_to_wait_for():
    found = outline(request("PATCH", "/v2/a/blobs/uploads/1", b"12345").partition(b"\r\n\r\n")[0])
    assert (found.method, found.target, found.body, found.waits) == (b"PATCH", b"/v2/a/blobs/uploads/1", 5, False)
    assert found.is_registry
    assert found.writes_blob


@pytest.mark.parametrize(
    ("lines", "body", "waits"),
    [
        (b"", 0, False),
        (b"\r\ntransfer-encoding: chunked", None, False),
        (b"\r\nContent-Length: 7\r\nEXPECT: 100-continue", 7, True),
        (b"\r\nContent-Length: 7\r\nTransfer-Encoding: chunked", 0, False),
        (b"\r\nContent-Length: 7\r\nContent-Length: 7", 0, False),
        (b"\r\nContent-Length: -7", 0, False),
        (b"\r\nContent-Length: " + b"9" * 400, 0, False),
        (b"\r\nX-Content-Length: 7", 0, False),
    ],
)
def test_an_outline_waits_for_nothing_where_the_head_contradicts_itself(lines, body, waits):
    found = outline(b"POST /v2/x HTTP/1.1\r\nHost: a" + lines)
    assert (found.body, found.waits) == (body, waits)


def test_an_outline_knows_who_comes_with_a_password():
    assert outline(b"GET /v2/ HTTP/1.1\r\nHost: a\r\nauthorization:BASIC eDp5").password
    assert not outline(PLAIN).password


def test_a_token_with_many_scopes_is_taken(server):
    assert server.get("/state", Authorization="Bearer " + "x" * 60_000).status == 200


@pytest.mark.parametrize("ended", [True, False])
def test_a_head_beyond_64_kib_is_refused(server, ended):
    with server.client() as client:
        head = b"GET /state HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: %b\r\n" % (n, b"x" * 1000) for n in range(70))
        client.send(head + (b"\r\n" if ended else b""))
        answer = client.answer()
        assert (answer.status, answer.headers["connection"]) == (431, "close")
        assert answer.json["errors"][0]["code"] == "HEADERS_TOO_LARGE"
        assert client.closed()


def test_too_long_a_request_line_is_refused(server):
    assert server.get("/state?" + "x" * 9000).status == 414


def test_too_many_headers_are_refused(server):
    with server.client() as client:
        client.send(b"GET /state HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 300 + b"\r\n")
        assert client.answer().status == 431


def test_a_head_in_single_bytes_is_understood(client):
    for byte in request("GET", "/v2/echo"):
        client.send(bytes([byte]))
    assert client.answer().status == 200
