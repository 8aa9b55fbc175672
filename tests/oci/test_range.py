"""Byte ranges (RFC 9110 §14; OCI distribution-spec, "Pushing a blob in chunks")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_api.oci.errors import BlobUploadInvalid, RangeInvalid
from registry_api.oci.range import ByteRange, RangeNotSatisfiable, parse_byte_range, parse_content_range
from tests.oci.properties import any_text, bounded, short

SIZE = 4096
HUGE = "9" * 5000


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=500-1499", 500, 1500),
        ("bytes=500-", 500, SIZE),
        ("bytes=-500", SIZE - 500, SIZE),
        ("bytes=2000-5000", 2000, SIZE),
        ("bytes=0-0", 0, 1),
        ("bytes=4095-4095", 4095, SIZE),
        ("bytes=-9999", 0, SIZE),
        ("bytes=0-9999999999999999999", 0, SIZE),
        ("bytes=007-008", 7, 9),
        ("Bytes=0-", 0, SIZE),
        (" bytes=0- ", 0, SIZE),
    ],
)
def test_ranges(header, start, end):
    assert parse_byte_range(header, SIZE) == ByteRange(start, end)


@pytest.mark.parametrize("header", ["bytes=500-0", "bytes=5000-10000", "bytes=4096-", "bytes=-0"])
def test_ranges_outside_the_content(header):
    with pytest.raises(RangeNotSatisfiable) as refused:
        parse_byte_range(header, SIZE)
    assert isinstance(refused.value, RangeInvalid)
    assert (refused.value.status, refused.value.size) == (416, SIZE)
    assert refused.value.headers == {"Content-Range": "bytes */4096"}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=0-1,5-6",
        "bytes=0-1,",
        "bytes= 0-1",
        "bytes=0 - 1",
        "bytes=0-1\n",
        "bytes=--1",
        "bytes=+1-2",
        "bytes=1_0-20",
        "bytes=0x0-0xf",
        "bytes=٣-٤",
        "bytes=a-b",
        "byteſ=0-1",  # the long s, which ignoring case takes for s outside ASCII
        "items=0-1",
        "0-1",
        f"bytes={HUGE}-",
        f"bytes=0-{HUGE}",
        f"bytes=-{HUGE}",
    ],
    ids=short,
)
def test_what_is_no_single_range_is_ignored(header):
    assert parse_byte_range(header, SIZE) is None


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-5", "bytes=7-9"])
def test_of_an_empty_blob_the_whole_is_sent(header):
    assert parse_byte_range(header, 0) is None


def test_chunks():
    assert parse_content_range("0-0") == (0, 0)
    assert parse_content_range("1024-2047") == (1024, 2047)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "5",
        "5-",
        "-5",
        "5-4",
        "0-5\n",
        " 0-5",
        "bytes 0-5/6",
        "0-5/6",
        "-1-5",
        "0--1",
        "+0-5",
        "٠-٥",
        "0-1-2",
        f"0-{HUGE}",
        "0-" + "9" * 20,
    ],
    ids=short,
)
def test_what_is_no_chunk(text):
    with pytest.raises(BlobUploadInvalid) as refused:
        parse_content_range(text)
    assert refused.value.status == 400
    assert len(refused.value.message) < 200


@bounded
@given(any_text | st.text("bytes=-,0123456789", max_size=25), st.integers(0, 1 << 63))
def test_a_range_lies_within_the_content(header, size):
    try:
        found = parse_byte_range(header, size)
    except RangeNotSatisfiable as refused:
        assert refused.size == size
        return
    assert found is None or 0 <= found.start < found.end <= size


@bounded
@given(st.integers(1, 10_000), st.data())
def test_every_range_of_bytes_can_be_asked_for(size, data):
    start = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(start + 1, size))
    assert parse_byte_range(f"bytes={start}-{end - 1}", size) == ByteRange(start, end)
    assert parse_byte_range(f"bytes={start}-", size) == ByteRange(start, size)
    assert parse_byte_range(f"bytes=-{end - start}", size) == ByteRange(size - (end - start), size)


@bounded
@given(any_text | st.text("-0123456789", max_size=12))
def test_a_chunk_is_never_empty(text):
    try:
        first, last = parse_content_range(text)
    except BlobUploadInvalid:
        return
    assert 0 <= first <= last
