"""Requests that could be understood in two ways are refused, never answered from memory, and end the connection."""

import pytest

from tests.server.client import chunked, request

TARGET = b"/v2/framing"
GOOD = b"Host: a\r\nAuthorization: Bearer good\r\n"


@pytest.fixture(autouse=True)
def remembered(server):
    """Anew for each test: an answer is believed for a second only."""
    server.get("/remember?path=/v2/framing&body=remembered&token=Bearer%20good")


def head(first=b"GET /v2/framing HTTP/1.1", *lines):
    return b"\r\n".join((first, b"Host: a", b"Authorization: Bearer good", *lines)) + b"\r\n\r\n"


# What comes behind each of these is a request for the remembered answer: nobody may ever see it answered.
SMUGGLED = head()

REFUSED = {
    "a length and chunks": head(b"POST /v2/echo HTTP/1.1", b"Content-Length: 5", b"Transfer-Encoding: chunked")
    + b"0\r\n\r\n",
    "chunks and a length": head(b"POST /v2/echo HTTP/1.1", b"Transfer-Encoding: chunked", b"Content-Length: 5")
    + b"0\r\n\r\n",
    "two lengths": head(b"POST /v2/echo HTTP/1.1", b"Content-Length: 0", b"Content-Length: 5") + b"hello",
    "two equal lengths": head(b"POST /v2/echo HTTP/1.1", b"Content-Length: 5", b"Content-Length: 5") + b"hello",
    "a list of lengths": head(b"POST /v2/echo HTTP/1.1", b"Content-Length: 5, 5") + b"hello",
    "a signed length": head(b"POST /v2/echo HTTP/1.1", b"Content-Length: +5") + b"hello",
    "a negative length": head(b"POST /v2/echo HTTP/1.1", b"Content-Length: -5") + b"hello",
    "a hexadecimal length": head(b"POST /v2/echo HTTP/1.1", b"Content-Length: 0x5") + b"hello",
    "a length with an underscore": head(b"POST /v2/echo HTTP/1.1", b"Content-Length: 1_0") + b"hellohello",
    "an empty length": head(b"POST /v2/echo HTTP/1.1", b"Content-Length:") + b"hello",
    "an unknown coding": head(b"POST /v2/echo HTTP/1.1", b"Transfer-Encoding: cow") + b"0\r\n\r\n",
    "a coding that is not undone": head(b"POST /v2/echo HTTP/1.1", b"Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n",
    "that coding in a line of its own": head(
        b"POST /v2/echo HTTP/1.1", b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked"
    )
    + b"0\r\n\r\n",
    "a hidden coding": head(b"POST /v2/echo HTTP/1.1", b"Transfer-Encoding: \x0bchunked") + b"0\r\n\r\n",
    "chunked twice": head(b"POST /v2/echo HTTP/1.1", b"Transfer-Encoding: chunked, chunked") + b"0\r\n\r\n",
    "chunked in two lines": head(
        b"POST /v2/echo HTTP/1.1", b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"
    )
    + b"0\r\n\r\n",
    "chunked not at the end": head(b"POST /v2/echo HTTP/1.1", b"Transfer-Encoding: chunked, identity") + b"0\r\n\r\n",
    "chunked under HTTP/1.0": head(b"POST /v2/echo HTTP/1.0", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "a space before the colon": head(b"POST /v2/echo HTTP/1.1", b"Content-Length : 5") + b"hello",
    "a space before the coding's colon": head(b"POST /v2/echo HTTP/1.1", b"Transfer-Encoding : chunked") + b"0\r\n\r\n",
    "a folded coding": head(b"POST /v2/echo HTTP/1.1", b"Transfer-Encoding:", b" chunked") + b"0\r\n\r\n",
    "a folded header": head(b"GET /v2/framing HTTP/1.1", b"Accept: a", b" b"),
    "a folded first header": b"GET /v2/framing HTTP/1.1\r\n Host: a\r\n\r\n",
    "a header without a colon": head(b"GET /v2/framing HTTP/1.1", b"Accept"),
    "a header without a name": head(b"GET /v2/framing HTTP/1.1", b": a"),
    "a header with a NUL": head(b"GET /v2/framing HTTP/1.1", b"Accept: a\0b"),
    "a header name with a NUL": head(b"GET /v2/framing HTTP/1.1", b"Acc\0ept: a"),
    "a header with a bare carriage return": head(b"GET /v2/framing HTTP/1.1", b"Accept: a\rX-Other: b"),
    "a header with a bare line feed": head(b"GET /v2/framing HTTP/1.1", b"Accept: a\nX-Other: b"),
    "line feeds alone": b"GET /v2/framing HTTP/1.1\nHost: a\nAuthorization: Bearer good\n\n",
    "a line feed alone at the end": b"GET /v2/framing HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\n\n",
    "a line feed in the request line": b"GET /v2/framing\nHTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\n\r\n",
    "two hosts": head(b"GET /v2/framing HTTP/1.1", b"Host: b"),
    "a NUL in the target": head(b"GET /v2/fra\0ming HTTP/1.1"),
    "a space in the target": head(b"GET /v2/framing /x HTTP/1.1"),
    "a target beyond ASCII": head(b"GET /v2/framing\xff HTTP/1.1"),
    "a target without a slash": head(b"GET v2/framing HTTP/1.1"),
    "a method in small letters": head(b"get /v2/framing HTTP/1.1"),
    "a method that is no word": head(b"G{ET /v2/framing HTTP/1.1"),
    "another version": head(b"GET /v2/framing HTTP/2.0"),
    "a version that is none": head(b"GET /v2/framing HTTP/1.1 "),
    "no version": b"GET /v2/framing\r\n\r\n",
    "a tab as separator": head(b"GET\t/v2/framing HTTP/1.1"),
    "two empty lines first": b"\r\n\r\n" + head(),
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
def test_it_is_refused_and_what_follows_is_not_answered(server, raw):
    with server.client() as client:
        client.send(raw + SMUGGLED)
        received = client.rest()
    assert b"remembered" not in received
    assert received.count(b"Server: Portolan") == 1
    status = int(received.split(b" ", 2)[1])
    assert 400 <= status < 502
    assert b"Connection: close" in received
    assert b'{"errors":[{"code":"' in received


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
def test_it_is_refused_byte_by_byte_too(server, raw):
    with server.client() as client:
        try:
            for byte in raw:
                client.send(bytes([byte]))
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before its end, which is as good
        received = client.rest()
    assert b"remembered" not in received
    assert received.count(b"Server: Portolan") <= 1


BAD_BODIES = {
    "a bad size": b"5x\r\nhello\r\n0\r\n\r\n",
    "a size that is too small": b"4\r\nhello\r\n0\r\n\r\n",
    "a line feed alone": b"5\nhello\n0\n\n",
    "a trailer with another length": b"5\r\nhello\r\n0\r\nContent-Length: 30\r\n\r\n",
    "a signed size": b"+5\r\nhello\r\n0\r\n\r\n",
    "an enormous size": b"ffffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("raw", BAD_BODIES.values(), ids=BAD_BODIES)
@pytest.mark.parametrize("path", ["/v2/echo", "/input"])
def test_a_malformed_body_reaches_nobody_and_ends_the_connection(server, raw, path):
    with server.client() as client:
        client.send(request("POST", path, Transfer_Encoding="chunked") + raw + SMUGGLED)
        answer = client.answer()
        assert answer.json["error"] in ("BadBody", "UnreadableBody")
        assert answer.headers["connection"] == "close"
        assert client.closed()


@pytest.mark.parametrize("path", ["/v2/echo", "/input"])
def test_bodies_well_framed_are_followed_by_the_next_request(server, path):
    with server.client() as client:
        client.send(request("POST", path, b"hello") + request("POST", path, Transfer_Encoding="chunked"))
        client.send(chunked(b"hel", b"lo") + SMUGGLED)
        assert client.answer().json["length"] == 5
        assert client.answer().json["length"] == 5
        assert client.answer().body == b"remembered"


def test_one_empty_line_before_a_request_is_forgiven(server):
    with server.client() as client:
        client.send(b"\r\n" + request("GET", "/state"))
        assert client.answer().status == 200


def test_a_proxys_headers_are_not_believed_because_the_client_is_near(server):
    found = server.get("/v2/echo", X_Forwarded_Proto="https", X_Forwarded_Ssl="on").json
    assert found["scheme"] == "http"
    with server.client() as client:
        client.send(b"GET /v2/echo HTTP/1.1\r\nHost: a\r\nSCRIPT_NAME: /v2\r\nPATH_INFO: /state\r\n\r\n")
        found = client.answer().json
    assert found["script"] == ""
    assert found["path"] == "/v2/echo"
