"""Bodies that end too early or too late. What arrived of an upload stays and is told; of everything else nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from accounts.models import Project
from tests.conformance.blobs import Blob, Place, check_created, digest_of, finish, random_blob, start
from tests.conformance.content import INDEX, as_json
from tests.support.people import Person
from tests.support.product import Product
from tests.v2.raw import Wire, basic, chunk
from tests.v2.traces import nothing_stored

pytestmark = pytest.mark.slow

TYPE = f"Content-Type: {INDEX}"
MANIFEST = as_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": []})
PATIENCE = 20.0  # seconds until a server must have noticed that its client is gone


@pytest.fixture
def blob() -> Blob:
    return random_blob(200_000)


def path_of(location: str) -> str:
    return re.sub(r"^http://[^/]*", "", location)


def settled(place: Place, location: str, wanted: Callable[[int], bool]) -> int:
    """Where the upload stands, once the server has noticed that the client is gone."""
    deadline = time.monotonic() + PATIENCE
    while True:
        offset = int((place.registry.get(location).expect(204).header("Range") or "").removeprefix("0-")) + 1
        if wanted(offset) or time.monotonic() > deadline:
            return offset
        time.sleep(0.1)


def resumed(place: Place, location: str, blob: Blob, offset: int) -> None:
    """Goes on from where the upload is said to stand ("0-0" is nothing or one byte: then the server's 416 says no to
    the first guess). Only a right offset gives the right digest."""
    rest = blob.content[offset:]
    answer = finish(place, location, blob.digest, rest or None, offset if rest else None)
    if answer.status == 416 and offset == 1:
        answer = finish(place, location, blob.digest, blob.content, 0)
    check_created(place, answer, blob)


@pytest.mark.parametrize("way", ["reset", "close", "shut"])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_patch_cut_short(product: Product, place: Place, owner: Person, blob: Blob, way: str, framing: str):
    location = start(place)
    half = blob.content[:100_000]
    with Wire(product) as wire:
        if framing == "length":
            wire.begin("PATCH", path_of(location), basic(owner), f"Content-Length: {len(blob.content)}")
            wire.send(half)
        else:
            wire.begin("PATCH", path_of(location), basic(owner), "Transfer-Encoding: chunked")
            wire.send(chunk(half))
        if way == "shut":
            wire.shut()
            assert wire.reply().status == 400
        time.sleep(0.2)
        wire.reset() if way == "reset" else wire.close()
    offset = settled(place, location, lambda offset: offset > 1)
    assert offset <= len(half)
    if way != "reset":  # a reset may throw away what the server had not read yet
        assert offset == len(half)
    resumed(place, location, blob, offset)


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_last_body_cut_short(product: Product, place: Place, project: Project, owner: Person, blob: Blob, framing: str):
    """A PUT that breaks off makes no blob, and the session can go on from where it says."""
    location = start(place)
    target = f"{path_of(location)}?digest={blob.digest}"
    with Wire(product) as wire:
        if framing == "length":
            wire.begin("PUT", target, basic(owner), f"Content-Length: {len(blob.content)}")
            wire.send(blob.content[:100_000])
        else:
            wire.begin("PUT", target, basic(owner), "Transfer-Encoding: chunked")
            wire.send(chunk(blob.content[:100_000]))
        wire.shut()
        reply = wire.reply()
    assert (reply.status, reply.codes) == (400, ["BLOB_UPLOAD_INVALID"])
    place.registry.head(place.blob(blob.digest)).expect(404)
    resumed(place, location, blob, settled(place, location, lambda offset: True))


def test_whole_blob_cut_short(wire: Wire, place: Place, project: Project, owner: Person, blob: Blob):
    """Nobody knows of the session that a single POST would have had: nothing is left of it."""
    with nothing_stored(project):
        target = f"{place.uploads}?digest={blob.digest}"
        wire.begin("POST", target, basic(owner), f"Content-Length: {len(blob.content)}")
        wire.send(blob.content[:-1])
        wire.shut()
        reply = wire.reply()
        assert (reply.status, reply.codes) == (400, ["BLOB_UPLOAD_INVALID"])


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_manifest_cut_short(wire: Wire, place: Place, project: Project, owner: Person, framing: str):
    """Also where what came is a good document by itself."""
    with nothing_stored(project):
        if framing == "length":
            wire.begin("PUT", place.manifest("tag"), basic(owner), TYPE, f"Content-Length: {len(MANIFEST) + 10}")
            wire.send(MANIFEST)
        else:
            wire.begin("PUT", place.manifest("tag"), basic(owner), TYPE, "Transfer-Encoding: chunked")
            wire.send(chunk(MANIFEST))
        wire.shut()
        assert wire.reply().status == 400
    place.registry.head(place.manifest("tag")).expect(404)


def test_more_than_announced(wire: Wire, place: Place, owner: Person, blob: Blob):
    """What follows the announced length is the next request, or rather none, and never part of this one."""
    location = start(place)
    wire.begin("PATCH", path_of(location), basic(owner), "Content-Length: 1000")
    wire.send(blob.content[:1000] + b"GARBAGE that is no request\r\n\r\n")
    reply = wire.reply()
    assert (reply.status, reply.header("Range")) == (202, "0-999")
    try:
        assert wire.reply().status == 400
    except ConnectionError:
        pass
    resumed(place, location, blob, 1000)


def test_manifest_with_more_than_announced(wire: Wire, place: Place, owner: Person):
    wire.begin("PUT", place.manifest("tag"), basic(owner), TYPE, f"Content-Length: {len(MANIFEST)}")
    wire.send(MANIFEST + b"  \r\n")
    assert wire.reply().status == 201
    assert place.registry.get(place.manifest("tag")).expect(200).body == MANIFEST


ABC = digest_of(b"abc")
BAD_CHUNKS = {
    "no number": b"xyz\r\nabc\r\n0\r\n\r\n",
    "negative": b"-3\r\nabc\r\n0\r\n\r\n",
    "plus": b"+3\r\nabc\r\n0\r\n\r\n",
    "0x": b"0x3\r\nabc\r\n0\r\n\r\n",
    "blank": b" 3\r\nabc\r\n0\r\n\r\n",
    "underscore": b"0_3\r\nabc\r\n0\r\n\r\n",
    "no size": b"\r\nabc\r\n0\r\n\r\n",
    "longer than it says": b"3\r\nabcdef\r\n0\r\n\r\n",
    "shorter than it says": b"9\r\nabc\r\n0\r\n\r\n",
    "huge": b"ffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "huger": b"f" * 100 + b"\r\nabc\r\n0\r\n\r\n",
    "bare line feeds": b"3\nabc\n0\n\n",
    "NUL": b"3\0\r\nabc\r\n0\r\n\r\n",
    "not ended": b"3\r\nabc\r\n",
    "not begun": b"",
}
# Nothing is wrong with these but their length.
LONG_CHUNKS = {
    "zeros": b"0" * 100_000 + b"3\r\nabc\r\n0\r\n\r\n",
    "extension": b"3;" + b"x" * 100_000 + b"\r\nabc\r\n0\r\n\r\n",
    "trailer": b"3\r\nabc\r\n0\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
}


def status_of_chunked(wire: Wire, method: str, target: str, owner: Person, body: bytes) -> int:
    """0 where the connection was cut instead of an answer."""
    wire.begin(method, target, basic(owner), TYPE, "Transfer-Encoding: chunked")
    try:
        wire.send(body)
        wire.shut()
        return wire.reply().status
    except ConnectionError:
        return 0


@pytest.mark.parametrize("body", BAD_CHUNKS.values(), ids=BAD_CHUNKS.keys())
def test_blob_in_bad_chunks(wire: Wire, place: Place, project: Project, owner: Person, body: bytes):
    with nothing_stored(project):
        assert status_of_chunked(wire, "POST", f"{place.uploads}?digest={ABC}", owner, body) in (400, 0)
    place.registry.head(place.blob(ABC)).expect(404)


@pytest.mark.parametrize("body", BAD_CHUNKS.values(), ids=BAD_CHUNKS.keys())
def test_manifest_in_bad_chunks(wire: Wire, place: Place, project: Project, owner: Person, body: bytes):
    body = body.replace(b"abc", MANIFEST).replace(b"3", f"{len(MANIFEST):x}".encode())
    with nothing_stored(project):
        assert status_of_chunked(wire, "PUT", place.manifest("tag"), owner, body) in (400, 413, 0)


@pytest.mark.parametrize("body", BAD_CHUNKS.values(), ids=BAD_CHUNKS.keys())
def test_patch_in_bad_chunks(wire: Wire, place: Place, owner: Person, body: bytes):
    """The session stands where the good part ended, and goes on there."""
    location = start(place)
    assert status_of_chunked(wire, "PATCH", path_of(location), owner, body) in (400, 0)
    content = b"abc\r\n0\r\n\r\n and more"  # where a size was taken for true, what follows is content too
    blob = Blob(digest_of(content), content)
    offset = settled(place, location, lambda offset: True)
    assert offset <= 10
    resumed(place, location, blob, offset)


@pytest.mark.parametrize("body", LONG_CHUNKS.values(), ids=LONG_CHUNKS.keys())
def test_long_chunk_heads(wire: Wire, place: Place, owner: Person, body: bytes):
    """Taken or refused, as the server likes."""
    status = status_of_chunked(wire, "POST", f"{place.uploads}?digest={ABC}", owner, body)
    assert status in (201, 400, 413, 431, 0)
    assert place.registry.head(place.blob(ABC)).status == (200 if status == 201 else 404)


def test_bad_end_behind_what_was_promised(wire: Wire, place: Place, owner: Person):
    """All bytes of the Content-Range came, and then something that is no end."""
    location = start(place)
    wire.begin("PATCH", path_of(location), basic(owner), "Transfer-Encoding: chunked", "Content-Range: 0-2")
    wire.send(b"3\r\nabc\r\nxyz\r\n")
    reply = wire.reply()
    assert (reply.status, reply.codes) == (400, ["BLOB_UPLOAD_INVALID"])
    blob = Blob(digest_of(b"abcdef"), b"abcdef")
    resumed(place, location, blob, settled(place, location, lambda offset: True))
