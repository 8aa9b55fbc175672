"""Decoding of bodies: any cut between packets gives the same bytes, and gunicorn's own decoder agrees."""

from itertools import pairwise

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.server.bodies import (
    LONGEST_SIZE_LINE,
    LONGEST_TRAILER,
    BodyReader,
    ChunkedBody,
    LengthBody,
    UnreadableBody,
    chunk_size,
)
from registry_api.storage.contract import BadBody, ShortBody
from tests.server.client import chunked

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


class PacketWire:
    """Delivers packets one at a time, as a socket might; afterwards the client is gone, or just says nothing more."""

    def __init__(self, packets, silent=False):
        self.packets = [packet for packet in packets if packet]
        self.silent = silent
        self.sent = b""

    def receive_into(self, view):
        if not self.packets:
            return 0
        packet = self.packets.pop(0)
        taken = min(len(view), len(packet))
        view[:taken] = packet[:taken]
        if packet[taken:]:
            self.packets.insert(0, packet[taken:])
        return taken

    def receive_ready(self, view):
        if not self.packets and self.silent:
            raise BlockingIOError
        return self.receive_into(view)

    def send_all(self, data):
        self.sent += data


def check_trailer(section):
    """As the worker does it: with the rules that gunicorn has for headers."""
    request = next(RequestParser(Config(), [HEAD], ("127.0.0.1", 1)))
    request.parse_headers(section, from_trailer=True)


def cut(data, places):
    """``data`` in packets, cut at the given places."""
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


def chunked_body(packets, early=b"", **options):
    return ChunkedBody(PacketWire(packets), early, check_trailer, **options)


def read_all(body, piece):
    view, out = memoryview(bytearray(piece)), b""
    while count := body.readinto(view):
        out += view[:count]
    return out


pieces = st.integers(1, 20_000)
places = st.lists(st.integers(0, 1 << 20), max_size=30)
contents = st.lists(st.binary(min_size=1, max_size=5000), max_size=6)


@given(contents, places, pieces, st.integers(0, 200), st.binary(max_size=60))
@settings(max_examples=150, deadline=None)
def test_chunks_cut_anywhere_give_the_same_bytes(chunks, places, piece, early, following):
    raw = chunked(*chunks) + following
    body = chunked_body(cut(raw[early:], places), raw[:early])
    assert read_all(body, piece) == b"".join(chunks)
    assert body.finished
    rest = body.leftover + b"".join(body._wire.packets)
    assert rest == following


@given(st.binary(max_size=5000), places, pieces, st.integers(0, 200), st.binary(max_size=60))
@settings(max_examples=100, deadline=None)
def test_a_length_cut_anywhere_gives_the_same_bytes(content, places, piece, early, following):
    raw = content + following
    body = LengthBody(PacketWire(cut(raw[early:], places)), raw[:early], len(content))
    assert read_all(body, piece) == content
    assert body.leftover + b"".join(body._wire.packets) == following


def test_a_length_receives_nothing_beyond_its_end():
    wire = PacketWire([b"bodynext request"])
    body = LengthBody(wire, b"", 4)
    assert read_all(body, 1000) == b"body"
    assert wire.packets == [b"next request"]


def test_small_chunks_reach_the_reader_in_one_piece():
    raw = chunked(*[b"x" * 1000] * 50)
    view = memoryview(bytearray(1 << 20))
    assert chunked_body([raw]).readinto(view) == 50_000


MALFORMED = {
    "a size with a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "a negative size": b"-5\r\nhello\r\n0\r\n\r\n",
    "a size with a prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a size with an underscore": b"1_0\r\nhello\r\n0\r\n\r\n",
    "white space before the size": b" 5\r\nhello\r\n0\r\n\r\n",
    "white space after the size": b"5 \r\nhello\r\n0\r\n\r\n",
    "no size": b"\r\nhello\r\n0\r\n\r\n",
    "only an extension": b";a=b\r\nhello\r\n0\r\n\r\n",
    "a bare line feed after the size": b"5\nhello\r\n0\r\n\r\n",
    "a bare carriage return in the line": b"5\rx\r\nhello\r\n0\r\n\r\n",
    "a control character in the extension": b"5;a=\x01\r\nhello\r\n0\r\n\r\n",
    "a bare line feed in the extension": b"5;a\n=b\r\nhello\r\n0\r\n\r\n",
    "an unfinished quoted extension": b'5;a="b\r\nhello\r\n0\r\n\r\n',
    "a chunk longer than its size": b"4\r\nhello\r\n0\r\n\r\n",
    "a line feed alone after the data": b"5\r\nhello\n0\r\n\r\n",
    "two bytes that are no line end after the data": b"5\r\nhelloXX0\r\n\r\n",
    "a size beyond 64 bits": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "a trailer without a colon": b"5\r\nhello\r\n0\r\nnonsense\r\n\r\n",
    "a trailer that would change the framing": b"5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n",
    "a trailer that would change the rights": b"5\r\nhello\r\n0\r\nAuthorization: Bearer x\r\n\r\n",
    "a folded trailer": b"5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n",
    "a bare line feed in a trailer": b"5\r\nhello\r\n0\r\nA: b\nC: d\r\n\r\n",
    "a trailer name with a space": b"5\r\nhello\r\n0\r\nA : b\r\n\r\n",
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("packets", ["at once", "byte by byte", "before"])
def test_malformed_chunks_are_refused(raw, packets):
    if packets == "before":
        body = chunked_body([], raw)
    else:
        body = chunked_body([raw] if packets == "at once" else [bytes([byte]) for byte in raw])
    with pytest.raises(BadBody):
        read_all(body, 1000)
    assert body.failed
    assert not body.finish_ready()


@pytest.mark.parametrize(
    "raw",
    [
        b"5;a=b\r\nhello\r\n0\r\n\r\n",
        b'5;a="b c"\r\nhello\r\n0\r\n\r\n',
        b"5 ;a\r\nhello\r\n000\r\n\r\n",
        b"0005\r\nhello\r\n0;last\r\n\r\n",
        b"5\r\nhello\r\n0\r\nX-Checksum: abc\r\nX-Other: d\r\n\r\n",
    ],
)
def test_extensions_and_trailers_are_taken_and_ignored(raw):
    assert read_all(chunked_body([raw]), 1000) == b"hello"
    assert read_all(chunked_body([bytes([byte]) for byte in raw]), 1000) == b"hello"


def test_a_size_line_without_an_end_is_refused_before_it_fills_the_memory():
    with pytest.raises(BadBody):
        read_all(chunked_body([b"5;" + b"a" * (2 * LONGEST_SIZE_LINE)]), 1000)


def test_a_trailer_without_an_end_is_refused_before_it_fills_the_memory():
    line = b"X-Filler: " + b"a" * 1000 + b"\r\n"
    with pytest.raises(BadBody):
        read_all(chunked_body([b"0\r\n", *[line] * (LONGEST_TRAILER // 1000 + 2)]), 1000)


@given(contents, places, st.integers(1, 10_000))
@settings(max_examples=100, deadline=None)
def test_a_client_that_leaves_early_is_a_short_body(chunks, places, missing):
    raw = chunked(*chunks)
    raw = raw[: len(raw) - 1 - missing % len(raw)]
    with pytest.raises(ShortBody):
        read_all(chunked_body(cut(raw, places)), 1000)


def test_a_short_length_is_a_short_body_after_all_that_came():
    body = LengthBody(PacketWire([b"ab", b"c"]), b"", 10)
    view = memoryview(bytearray(100))
    assert body.readinto(view) == 2
    assert body.readinto(view) == 1
    with pytest.raises(ShortBody):
        body.readinto(view)


def test_a_broken_connection_is_a_short_body():
    class Broken(PacketWire):
        def receive_into(self, view):
            raise ConnectionResetError(104, "Connection reset by peer")

    with pytest.raises(ShortBody):
        LengthBody(Broken([]), b"", 10).readinto(memoryview(bytearray(10)))


def test_the_client_is_told_to_go_on_when_the_body_is_first_asked_for():
    wire = PacketWire([b"body"])
    body = LengthBody(wire, b"", 4, expects_continue=True)
    assert wire.sent == b""
    read_all(body, 100)
    assert wire.sent == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_a_client_that_did_not_wait_is_not_told_to_go_on():
    wire = PacketWire([b"dy"])
    assert read_all(LengthBody(wire, b"bo", 4, expects_continue=True), 100) == b"body"
    assert wire.sent == b""


def test_an_unread_body_that_has_arrived_is_read_over():
    body = LengthBody(PacketWire([b"body"], silent=True), b"", 4)
    assert body.finish_ready()
    body = chunked_body([], chunked(b"body") + b"next")
    assert body.finish_ready()
    assert body.leftover == b"next"


def test_an_unread_body_that_is_still_on_its_way_is_not_waited_for():
    assert not LengthBody(PacketWire([b"bo"], silent=True), b"", 4).finish_ready()
    assert not ChunkedBody(PacketWire([b"4\r\nbo"], silent=True), b"", check_trailer).finish_ready()


def test_an_unread_body_that_the_client_was_not_asked_for_leaves_the_connection_in_doubt():
    assert not LengthBody(PacketWire([], silent=True), b"", 4, expects_continue=True).finish_ready()


def test_a_large_unread_body_is_not_received():
    wire = PacketWire([b"x" * 4096] * 1000)
    assert not LengthBody(wire, b"", 4096 * 1000).finish_ready()
    assert len(wire.packets) > 900


def test_wsgi_input_gets_the_same_bytes_and_an_error_it_knows():
    reader = BodyReader(chunked_body([chunked(b"hello", b"world")]))
    assert reader.read(7) + reader.read(100) + reader.read(100) == b"helloworld"
    assert reader.read(1) == b""
    with pytest.raises(UnreadableBody):
        BodyReader(LengthBody(PacketWire([]), b"", 4)).read(10)


def gunicorn_reads(raw):
    """What gunicorn's own decoder makes of it: the data, or None for a refusal."""
    request = next(RequestParser(Config(), [HEAD + raw], ("127.0.0.1", 1)))
    try:
        return request.body.read()
    except (ParseException, OSError):
        return None


framing = st.lists(
    st.one_of(
        st.sampled_from([b"\r\n", b"\n", b"\r", b"0", b"5", b"a", b";", b"=", b'"', b" ", b"\t", b"hello", b":"]),
        st.binary(max_size=3),
        st.sampled_from(
            [b"5\r\nhello\r\n", b"0\r\n\r\n", b"0\r\nA: b\r\n\r\n", b"5;a=b\r\nhello\r\n", b"1\r\n", b"A: b"]
        ),
    ),
    max_size=12,
).map(b"".join)


@given(framing, places)
@settings(max_examples=500, deadline=None)
def test_what_gunicorn_refuses_is_never_taken_and_what_both_take_is_the_same(raw, places):
    try:
        ours = read_all(chunked_body(cut(raw, places)), 1000)
    except (BadBody, ShortBody):
        return
    assert ours == gunicorn_reads(raw)


@given(contents, st.sampled_from([b"", b";a=b", b";a"]), places)
@settings(max_examples=100, deadline=None)
def test_well_formed_bodies_are_taken_by_both(chunks, extension, places):
    raw = b"".join(b"%X%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks) + b"0\r\n\r\n"
    assert read_all(chunked_body(cut(raw, places)), 1000) == gunicorn_reads(raw) == b"".join(chunks)


def test_sizes_are_hexadecimal_in_either_case():
    assert chunk_size(b"aB") == chunk_size(b"Ab") == 171
