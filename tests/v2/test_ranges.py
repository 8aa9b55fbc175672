"""Ranges of blobs: whatever the header says, the answer is one that RFC 9110 §14 allows, and the bytes are right."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.blobs import Blob, Place, post_put, random_blob
from tests.conformance.client import Answer

SIZE = 1000
pytestmark = pytest.mark.parametrize("size", [SIZE, 100_000])
ONE = re.compile(r"bytes=(?:(\d+)-(\d*)|-(\d+))")

numbers = st.one_of(st.integers(0, 2 * SIZE), st.sampled_from([99_999, 100_000, 100_001, 2**31, 2**63, 2**64, 10**18]))
well_formed = st.one_of(
    st.tuples(numbers, numbers).map(lambda pair: f"bytes={pair[0]}-{pair[1]}"),
    numbers.map(lambda first: f"bytes={first}-"),
    numbers.map(lambda count: f"bytes=-{count}"),
)
visible = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)
anything = st.one_of(
    visible,
    visible.map(lambda text: f"bytes={text}"),
    st.lists(well_formed, min_size=2, max_size=4).map(lambda each: ",".join(each)),
    well_formed.map(lambda text: text.replace("bytes", "items")),
    well_formed.map(lambda text: text.replace("-", "--")),
)
SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def blob(place: Place, size: int) -> Blob:
    made = random_blob(size)
    post_put(place, made).expect(201)
    return made


def expected(header: str, size: int) -> tuple[int, int] | None:
    """The model: where the range begins and ends (exclusive); None where no byte of it exists."""
    found = ONE.fullmatch(header)
    assert found
    first, last, count = found.groups()
    if count is not None:
        return (max(0, size - int(count)), size) if int(count) else None
    start, end = int(first), size if last == "" else min(size, int(last) + 1)
    return (start, end) if start < end else None


@SETTINGS
@given(header=well_formed)
def test_well_formed(place: Place, blob: Blob, header: str):
    answer = place.registry.get(place.blob(blob.digest), headers={"Range": header})
    wanted = expected(header, len(blob.content))
    if len(max(re.findall(r"\d+", header), key=len)) > 19:
        assert answer.status in (200, 206, 416)
    elif wanted is None:
        answer.expect(416)
        assert answer.header("Content-Range") == f"bytes */{len(blob.content)}"
    else:
        check_part(answer, blob, *wanted)


def check_part(answer: Answer, blob: Blob, start: int, end: int) -> None:
    answer.expect(206)
    assert answer.body == blob.content[start:end]
    assert answer.header("Content-Length") == str(end - start)
    assert answer.header("Content-Range") == f"bytes {start}-{end - 1}/{len(blob.content)}"
    assert answer.content_digest == blob.digest


@SETTINGS
@given(header=anything)
def test_anything(place: Place, blob: Blob, header: str):
    """The whole, a part that says which, or 416: never bytes that are not what the answer claims."""
    answer = place.registry.get(place.blob(blob.digest), headers={"Range": header}).expect(200, 206, 416)
    if answer.status == 200:
        assert answer.body == blob.content
        assert answer.header("Content-Range") is None
    elif answer.status == 206:
        told = re.fullmatch(rf"bytes (\d+)-(\d+)/{len(blob.content)}", answer.header("Content-Range") or "")
        assert told
        check_part(answer, blob, int(told[1]), int(told[2]) + 1)


def test_range_of_a_head(place: Place, blob: Blob):
    """Ranges are defined for GET alone (RFC 9110 §14.2)."""
    answer = place.registry.head(place.blob(blob.digest), headers={"Range": "bytes=0-9"}).expect(200)
    assert answer.header("Content-Length") == str(len(blob.content))


def test_if_range(place: Place, blob: Blob):
    """A part of what the client already has, or else the whole."""
    whole = place.registry.get(place.blob(blob.digest))
    validator = whole.header("ETag")
    assert validator
    sent = {"Range": "bytes=0-9", "If-Range": validator}
    check_part(place.registry.get(place.blob(blob.digest), headers=sent), blob, 0, 10)
    for other in (f'"{random_blob(1).digest}"', "Mon, 01 Jan 2024 00:00:00 GMT", "*"):
        sent = {"Range": "bytes=0-9", "If-Range": other}
        answer = place.registry.get(place.blob(blob.digest), headers=sent).expect(200)
        assert answer.body == blob.content


def test_empty_blob_has_no_ranges(place: Place, size: int):
    empty = Blob(random_blob(0).digest, b"")
    post_put(place, empty).expect(201)
    answer = place.registry.get(place.blob(empty.digest), headers={"Range": "bytes=0-9"}).expect(200, 416)
    assert answer.status == 416 or answer.body == b""
