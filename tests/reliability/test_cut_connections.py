"""Connections that break: uploads go on from where the registry says they stand, downloads from where they were."""

from __future__ import annotations

import pytest

from tests.conformance.blobs import Blob, Place, post_only, random_blob, start
from tests.reliability.places import offset_of, path_of, resume
from tests.support.people import Person
from tests.support.product import Product
from tests.support.until import wait_until
from tests.v2.raw import Wire, basic, chunk

EIGHTH = 512 << 10
SIZE = 8 * EIGHTH


@pytest.fixture(scope="module")
def blob() -> Blob:
    return random_blob(SIZE)


def send_part(
    product: Product, owner: Person, location: str, part: bytes, at: int, *, chunked: bool, reset: bool
) -> None:
    """A PATCH that promises everything behind ``at`` and ends after ``part``.

    It says where it begins: the request before it, whose connection broke, may still be at work.
    """
    with Wire(product) as wire:
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {SIZE - at}"
        wire.begin("PATCH", path_of(location), basic(owner), framing, f"Content-Range: {at}-{SIZE - 1}")
        wire.send(chunk(part) if chunked else part)
        if reset:
            wire.reset()


@pytest.mark.parametrize("eighths", range(1, 8))
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_cut_once(product: Product, place: Place, owner: Person, blob: Blob, eighths: int, chunked: bool):
    """Nothing of what arrived is sent again."""
    location = start(place)
    sent = eighths * EIGHTH
    send_part(product, owner, location, blob.content[:sent], 0, chunked=chunked, reset=False)
    wait_until(lambda: offset_of(place, location) == sent, f"the upload stands at {sent}")
    resume(place, location, blob)


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_cut_at_every_eighth(product: Product, place: Place, owner: Person, blob: Blob, reset: bool, chunked: bool):
    """One upload in eight pieces; what a reset threw away is sent again."""
    location = start(place)
    for _ in range(8):
        at = offset_of(place, location)
        part = blob.content[at : at + EIGHTH]
        send_part(product, owner, location, part, at, chunked=chunked, reset=reset)
        wanted = at + len(part)
        if not reset:
            wait_until(lambda wanted=wanted: offset_of(place, location) == wanted, "the part has arrived")
    settle(place, location)
    assert offset_of(place, location) <= SIZE
    resume(place, location, blob)


def settle(place: Place, location: str) -> None:
    """Until no request writes the upload any more: an empty chunk is then taken."""
    wait_until(lambda: place.registry.request("PATCH", location, body=b"").status == 202, "the upload is free")


def test_cut_in_the_last_request(product: Product, place: Place, owner: Person, blob: Blob):
    """A PUT with the whole body: no blob, and the session says how much of it came."""
    location = start(place)
    with Wire(product) as wire:
        wire.begin("PUT", f"{path_of(location)}?digest={blob.digest}", basic(owner), f"Content-Length: {SIZE}")
        wire.send(blob.content[: SIZE - 1])
    settle(place, location)
    place.registry.head(place.blob(blob.digest)).expect(404)
    assert offset_of(place, location) <= SIZE - 1
    resume(place, location, blob)


def test_cut_before_the_answer(product: Product, place: Place, owner: Person, blob: Blob):
    """The client never learns that all of it arrived; asked again, the registry says so."""
    location = start(place)
    with Wire(product) as wire:
        wire.begin("PATCH", path_of(location), basic(owner), f"Content-Length: {SIZE}")
        wire.send(blob.content)
    wait_until(lambda: offset_of(place, location) == SIZE, "all of it has arrived")
    resume(place, location, blob)


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_cut_download(product: Product, place: Place, owner: Person, blob: Blob, reset: bool):
    """Eight ranges make the whole."""
    post_only(place, blob).expect(201)
    got = b""
    while len(got) < SIZE:
        with Wire(product) as wire:
            wire.begin("GET", place.blob(blob.digest), basic(owner), f"Range: bytes={len(got)}-")
            part = wire.read_some(EIGHTH)
            if reset:
                wire.reset()
        got += part
    assert got == blob.content
