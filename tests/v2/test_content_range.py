"""Chunks: a Content-Range that is malformed, or that does not fit the body or the session, moves nothing."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from accounts.models import Project
from tests.conformance.blobs import Blob, Place, check_created, finish, random_blob, send_chunk, start
from tests.v2.traces import nothing_stored

MALFORMED = [
    "bytes 0-9/10",
    "bytes=0-9",
    "0-9/10",
    "0 - 9",
    "0-",
    "-9",
    "9-0",
    "a-b",
    "0x0-0x9",
    "+0-9",
    "-1-8",
    "0-9,10-19",
    "0-9-19",
    "0" * 50 + "-" + "9" * 50,
    "",
    "0-99999999999999999999",
    "\u0660-\u0669",
]


class Session(NamedTuple):
    location: str
    blob: Blob


@pytest.fixture
def begun(place: Place) -> Session:
    """A session that holds the first 100 of 200 bytes."""
    blob = random_blob(200)
    location = start(place)
    return Session(send_chunk(place, location, blob.content[:100], 0).expect(202).location, blob)


def stands_at(place: Place, session: Session, offset: int) -> None:
    assert place.registry.get(session.location).expect(204).header("Range") == f"0-{offset - 1}"


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("header", MALFORMED, ids=lambda text: ascii(text[:20]))
def test_malformed(place: Place, project: Project, begun: Session, method: str, header: str):
    address = begun.location if method == "PATCH" else f"{begun.location}?digest={begun.blob.digest}"
    sent = {"Content-Range": header.encode()}
    if header:
        with nothing_stored(project):
            answer = place.registry.request(method, address, body=begun.blob.content[100:], headers=sent).expect(400)
            assert b'"BLOB_UPLOAD_INVALID"' in answer.body
            stands_at(place, begun, 100)
    check_created(place, finish(place, begun.location, begun.blob.digest, begun.blob.content[100:], 100), begun.blob)


@pytest.mark.parametrize("first", [0, 1, 99, 101, 200, 2**40, 2**62])
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_out_of_order(place: Place, project: Project, begun: Session, first: int, method: str):
    rest = begun.blob.content[100:]
    with nothing_stored(project):
        if method == "PATCH":
            answer = send_chunk(place, begun.location, rest, first)
        else:
            answer = finish(place, begun.location, begun.blob.digest, rest, first)
        answer.expect(416)
        assert b'"BLOB_UPLOAD_INVALID"' in answer.body
        assert answer.header("Range") == "0-99"
        stands_at(place, begun, 100)
    check_created(place, finish(place, answer.location, begun.blob.digest, rest, 100), begun.blob)


@pytest.mark.parametrize("last", [100, 198, 200, 100_000])
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_another_length_than_the_body(place: Place, project: Project, begun: Session, last: int, method: str):
    rest = begun.blob.content[100:]
    address = begun.location if method == "PATCH" else f"{begun.location}?digest={begun.blob.digest}"
    with nothing_stored(project):
        sent = {"Content-Range": f"100-{last}"}
        answer = place.registry.request(method, address, body=rest, headers=sent).expect(400)
        assert b'"SIZE_INVALID"' in answer.body
        stands_at(place, begun, 100)
    check_created(place, finish(place, begun.location, begun.blob.digest, rest, 100), begun.blob)


@pytest.mark.parametrize("last", [149, 250])
def test_another_length_than_a_chunked_body(place: Place, begun: Session, last: int):
    """Too late to refuse before reading: but then the session says where it stands, and goes on from there."""
    place.registry.get(begun.location).expect(204)
    sent = {"Content-Range": f"100-{last}"}
    pieces = iter([begun.blob.content[100:150], begun.blob.content[150:]])
    place.registry.request("PATCH", begun.location, body=pieces, headers=sent).expect(400)
    told = place.registry.get(begun.location).expect(204).header("Range") or ""
    offset = int(told.removeprefix("0-")) + 1
    assert 100 <= offset <= 200
    rest = begun.blob.content[offset:]
    check_created(place, finish(place, begun.location, begun.blob.digest, rest or None), begun.blob)


def test_same_chunk_twice(place: Place, begun: Session):
    """As a client does that never saw the first answer."""
    answer = send_chunk(place, begun.location, begun.blob.content[:100], 0).expect(416)
    assert answer.header("Range") == "0-99"
    rest = begun.blob.content[100:]
    check_created(place, finish(place, begun.location, begun.blob.digest, rest, 100), begun.blob)


def test_empty_session_and_one_with_one_byte(place: Place):
    """Both say 0-0, as every registry does; what counts is that each goes on at its own offset."""
    blob = random_blob(10)
    empty = start(place)
    assert place.registry.get(empty).expect(204).header("Range") == "0-0"
    check_created(place, finish(place, empty, blob.digest, blob.content, 0), blob)
    one = send_chunk(place, start(place), blob.content[:1], 0).expect(202)
    assert one.header("Range") == "0-0"
    check_created(place, finish(place, one.location, blob.digest, blob.content[1:], 1), blob)
