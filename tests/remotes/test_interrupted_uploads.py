"""Connections that are cut in the middle of a blob: it goes on where the receiver stands, and what arrives is whole."""

from __future__ import annotations

import io
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from registry_api.remotes.contract import Adapter, Readable
from registry_api.remotes.errors import BadAnswer, RemoteError, Unreachable
from tests.remotes.conftest import MakeAdapter, bytes_of, digest_of, read_blob
from tests.support.docker_registry import DockerRegistry
from tests.support.hand_made import HandMade, Wire
from tests.support.people import Person
from tests.support.product import Product

MEBIBYTE = 1 << 20
CONTENT = secrets.token_bytes(6 * MEBIBYTE)
DIGEST = digest_of(CONTENT)


@pytest.fixture
def pause(pauses: list[float]) -> Callable[[float], None]:
    """A fraction of what is asked for: a receiver has to notice that it was cut off before it can say how far it is."""

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        time.sleep(min(seconds / 3, 0.5))

    return wait


@pytest.fixture
def wire(docker_registry: DockerRegistry) -> Iterator[Wire]:
    with Wire(docker_registry.port) as between:
        yield between


@pytest.fixture
def our_wire(product: Product) -> Iterator[Wire]:
    with Wire(product.port) as between:
        yield between


def test_it_works_without_a_cut(wire: Wire, adapter: MakeAdapter, name: str) -> None:
    adapter(wire.url).repository(name).upload_blob(DIGEST, len(CONTENT), bytes_of(CONTENT))
    assert wire.was_cut == 0


@pytest.mark.parametrize("chunk", [None, MEBIBYTE])
def test_it_goes_on_where_the_receiver_stands(
    our_wire: Wire, ours: Adapter, admin: Person, adapter: MakeAdapter, our_name: str, chunk: int | None
) -> None:
    our_wire.cuts = [2 * MEBIBYTE, 1500 * 1024]
    starts: list[int] = []

    def source(start: int) -> AbstractContextManager[Readable]:
        starts.append(start)
        return bytes_of(CONTENT)(start)

    repository = adapter(our_wire.url, "harbor", (admin.username, admin.password)).repository(our_name)
    repository.upload_blob(DIGEST, len(CONTENT), source, chunk=chunk)
    assert our_wire.was_cut == 2
    assert read_blob(ours, our_name, DIGEST) == CONTENT
    assert starts[0] == 0 < starts[1] < starts[2]


@pytest.mark.parametrize("chunk", [None, MEBIBYTE])
def test_it_begins_again_where_the_receiver_has_lost_it(
    wire: Wire, there: Adapter, adapter: MakeAdapter, name: str, chunk: int | None
) -> None:
    """As docker-registry does, which writes the place of an upload into its address."""
    wire.cuts = [2 * MEBIBYTE, MEBIBYTE]
    adapter(wire.url).repository(name).upload_blob(DIGEST, len(CONTENT), bytes_of(CONTENT), chunk=chunk)
    assert wire.was_cut == 2
    assert read_blob(there, name, DIGEST) == CONTENT


def test_a_source_that_is_cut_is_opened_again(ours: Adapter, our_name: str) -> None:
    opened: list[int] = []

    @contextmanager
    def source(start: int) -> Iterator[Readable]:
        opened.append(start)
        yield CutShort(CONTENT[start:], 2 * MEBIBYTE if len(opened) < 3 else len(CONTENT) + 1)

    ours.repository(our_name).upload_blob(DIGEST, len(CONTENT), source)
    assert len(opened) == 3 and opened[0] == 0 < opened[1] < opened[2]
    assert read_blob(ours, our_name, DIGEST) == CONTENT


def test_it_gives_up_when_it_comes_no_further(wire: Wire, adapter: MakeAdapter, name: str, pauses: list[float]) -> None:
    wire.cuts = [1000] * 100
    with pytest.raises(Unreachable, match="was cut"):
        adapter(wire.url).repository(name).upload_blob(DIGEST, len(CONTENT), bytes_of(CONTENT))
    assert 1 < len(pauses) < 10


@pytest.mark.parametrize("size", [1000, 2 * MEBIBYTE])
@pytest.mark.parametrize("fault", ["other bytes", "too short", "too long"])
def test_a_source_that_lies_leaves_nothing_behind(there: Adapter, name: str, size: int, fault: str) -> None:
    content = secrets.token_bytes(size)
    given = {"other bytes": secrets.token_bytes(size), "too short": content[:-1], "too long": content + b"x"}[fault]
    repository = there.repository(name)
    with pytest.raises(BadAnswer):
        repository.upload_blob(digest_of(content), size, bytes_of(given))
    assert not repository.has_blob(digest_of(content))
    assert not repository.has_blob(digest_of(given))


def test_an_upload_that_is_stopped_is_called_off(hand_made: HandMade, adapter: MakeAdapter) -> None:
    hand_made.on("POST /v2/a/b/blobs/uploads/", 202, Location="/v2/a/b/blobs/uploads/1?state=x")

    def stop(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        adapter(hand_made.url).repository("a/b").upload_blob(DIGEST, len(CONTENT), bytes_of(CONTENT), on_bytes=stop)
    assert [call.target for call in hand_made.seen("DELETE")] == ["/v2/a/b/blobs/uploads/1?state=x"]


def test_a_receiver_that_claims_too_much(hand_made: HandMade, adapter: MakeAdapter) -> None:
    hand_made.on("POST /v2/a/b/blobs/uploads/", 202, Location="/v2/a/b/blobs/uploads/1")
    hand_made.on("PATCH", 500)
    hand_made.on("GET /v2/a/b/blobs/uploads/1", 204, Range=f"0-{len(CONTENT) * 2}")
    with pytest.raises(BadAnswer, match="more of the blob than was sent"):
        adapter(hand_made.url).repository("a/b").upload_blob(DIGEST, len(CONTENT), bytes_of(CONTENT))


def test_a_receiver_that_loses_every_upload(hand_made: HandMade, adapter: MakeAdapter) -> None:
    hand_made.on("POST /v2/a/b/blobs/uploads/", 202, Location="/v2/a/b/blobs/uploads/1")
    for size in (1000, len(CONTENT)):
        with pytest.raises(RemoteError):
            adapter(hand_made.url).repository("a/b").upload_blob(
                digest_of(CONTENT[:size]), size, bytes_of(CONTENT[:size])
            )
    assert len(hand_made.seen("POST")) < 10


class CutShort(io.BytesIO):
    """A stream that fails after some bytes, as one from the network does."""

    def __init__(self, content: bytes, most: int) -> None:
        super().__init__(content)
        self._most = most

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= self._most:
            raise Unreachable("the connection to the source was cut")
        return super().read(size)
