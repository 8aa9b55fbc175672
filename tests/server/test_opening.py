"""A plain request is opened without gunicorn's parser, and to the application it is the same request."""

from __future__ import annotations

import pytest
from gunicorn.config import Config
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.server.connection import Connection
from portal.server.limits import Limits
from portal.server.opening import Opener

PLAIN = (
    b"GET /v2/a/b/manifests/latest?n=1&last=a%20b HTTP/1.1\r\nHost: registry:8080\r\nUser-Agent: docker/27\r\n"
    b"Authorization: Bearer x\r\nAccept: application/json\r\naccept: */*\r\nAccept-Encoding: gzip\r\n"
    b'Range: bytes=0-1\r\nCookie: sid=1; csrftoken=2\r\nIf-None-Match: "x"\r\nX-Forwarded-For: 10.0.0.1, 10.0.0.2'
)
NEXT = b"\r\n\r\nGET /next"
# Objects of a request, and what only gunicorn gives: nothing here asks for early hints.
NOT_COMPARED = {"wsgi.input", "wsgi.errors", "portolan.source", "wsgi.early_hints"}

ENDS = [
    (("127.0.0.1", 4711), ("127.0.0.1", 8080)),
    (("::1", 4711, 0, 0), ("::1", 8080, 0, 0)),
    ("", "/run/portolan.sock"),
]


class Closed:
    """In place of a socket: opening a request needs none."""

    def fileno(self) -> int:
        return -1


def opened(head: bytes, ends: tuple[object, object] = ENDS[0]):
    """The request as both ways open it; None for a way that does not."""
    cfg = Config()
    for name, value in {"forwarded_allow_ips": "*", "secure_scheme_headers": {}, "forwarder_headers": ""}.items():
        cfg.set(name, value)
    opener = Opener(cfg, lambda: False)
    connection = Connection(Closed(), *ends, Limits())
    return opener.open_plain(connection, head + NEXT), lambda: opener.open_parsed(connection, head + NEXT)


def same(plain, parsed) -> None:
    compared = [
        {key: value for key, value in found.environ.items() if key not in NOT_COMPARED} for found in (plain, parsed)
    ]
    assert compared[0] == compared[1]
    assert plain.environ["wsgi.input"].read() == parsed.environ["wsgi.input"].read() == b""
    assert plain.body.leftover == parsed.body.leftover
    assert plain.body.finished
    assert parsed.body.finished
    assert plain.response.should_close() == parsed.response.should_close()
    assert plain.response.default_headers() == parsed.response.default_headers()


@pytest.mark.parametrize("ends", ENDS, ids=["IPv4", "IPv6", "unix"])
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
@pytest.mark.parametrize("host", [b"registry:8080", b"registry", b"[::1]:8080"])
def test_a_clients_usual_request(ends, method, host):
    head = PLAIN.replace(b"GET", method).replace(b"registry:8080", host)
    plain, parsed = opened(head, ends)
    other = parsed()
    for found in (plain, other):
        found.response.start_response("200 OK", [("Content-Length", "0")])
    same(plain, other)
    assert plain.body.leftover == b"GET /next"


@pytest.mark.parametrize(
    "target", [b"/", b"/v2/", b"/v2/a%2Fb/", b"/%e4%b8%ad", b"/a?b?c", b"/a;b=c", b"/a?", b"/a:b/@c", b"/%", b"/a//b"]
)
def test_addresses(target):
    plain, parsed = opened(b"GET " + target + b" HTTP/1.1\r\nHost: a")
    other = parsed()
    for found in (plain, other):
        found.response.start_response("200 OK", [("Content-Length", "0")])
    same(plain, other)


PIECES = (
    *(b"\r\n", b"\r", b"\n", b" ", b"\t", b":", b"\0", b"Host: a", b"Accept: b", b"Content-Length: 5", b"\xff"),
    *(b"/", b"//", b"#", b"?", b"%", b"_", b"[", b";", b",", b"\r\nTE: a", b"\r\nX-Y: z", b"\r\nCookie: c"),
)
parts = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=3)), max_size=5)


@given(parts, st.integers(0, len(PLAIN)))
@example([b" "], 0)
@example([b"/"], 4)
@settings(max_examples=600, deadline=None)
def test_whatever_is_plain_is_the_same_request_to_gunicorn(inserted, place):
    """Damage to a good head either makes it not plain, or gunicorn reads the same out of it."""
    plain, parsed = opened(PLAIN[:place] + b"".join(inserted) + PLAIN[place:])
    if plain is None:
        return
    other = parsed()
    for found in (plain, other):
        found.response.start_response("200 OK", [("Content-Length", "0")])
    same(plain, other)
