"""An object store that vanishes: 503 with Retry-After, and once it is back everything acknowledged is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from accounts.models import Project
from tests.conformance.blobs import Place, check_head, check_pull, finish, post_only, random_blob, send_chunk, start
from tests.conformance.client import Answer, with_query
from tests.conformance.data_sets import build
from tests.conformance.steps import list_tags, pull, push, references
from tests.reliability.places import offset_of, owned_place, path_of
from tests.support.people import Person
from tests.support.product import Product
from tests.support.seaweedfs import SeaweedFS
from tests.v2.raw import Wire, basic

pytestmark = pytest.mark.slow
CHUNK = 6 << 20
SIZE = 3 * CHUNK


@pytest.fixture(scope="module")
def weed() -> Iterator[SeaweedFS]:
    """One that nobody else needs."""
    with SeaweedFS() as server:
        yield server


@pytest.fixture(scope="module")
def far(admin: Person, weed: SeaweedFS) -> Iterator[Product]:
    """A web part whose blobs are there, and go through it."""
    environment = weed.environment(weed.create_bucket()) | {"PORTOLAN_STORAGE_REDIRECT": "false"}
    product = Product(admin, environment, whole=False)
    product.start()
    yield product
    product.stop()


@pytest.fixture
def place(far: Product, project: Project, owner: Person) -> Place:
    return owned_place(far, project, owner)


@pytest.fixture
def lost(weed: SeaweedFS) -> Iterator[SeaweedFS]:
    """Runs again after the test, whatever the test has done to it."""
    yield weed
    if weed._process is None:
        weed.start()


def unavailable(answer: Answer) -> None:
    answer.expect(503)
    assert b'"UNAVAILABLE"' in answer.body
    assert int(answer.header("Retry-After") or "0") > 0


def test_between_chunks(lost: SeaweedFS, place: Place):
    """The first chunk was acknowledged; the second is refused, and taken when it comes again."""
    blob = random_blob(SIZE)
    location = send_chunk(place, start(place), blob.content[:CHUNK], 0).expect(202).location
    lost.stop()
    unavailable(send_chunk(place, location, blob.content[CHUNK : 2 * CHUNK], CHUNK))
    assert offset_of(place, location) == CHUNK
    unavailable(finish(place, location, blob.digest, blob.content[CHUNK:], CHUNK))
    place.registry.head(place.blob(blob.digest)).expect(404)
    assert offset_of(place, location) == CHUNK
    lost.start()
    location = send_chunk(place, location, blob.content[CHUNK : 2 * CHUNK], CHUNK).expect(202).location
    finish(place, location, blob.digest, blob.content[2 * CHUNK :], 2 * CHUNK).expect(201)
    check_pull(place, blob)


def test_in_the_middle_of_a_chunk(lost: SeaweedFS, far: Product, place: Place, owner: Person):
    """The client still sends when the store goes."""
    blob = random_blob(SIZE * 3)
    location = start(place)
    with Wire(far) as wire:
        wire.begin("PATCH", path_of(location), basic(owner), f"Content-Length: {len(blob.content)}")
        wire.send(blob.content[:CHUNK])
        lost.stop()
        try:
            wire.send(blob.content[CHUNK:])
            reply = wire.reply()
            assert (reply.status, reply.codes) == (503, ["UNAVAILABLE"])
            assert int(reply.header("Retry-After") or "0") > 0
        except ConnectionError:  # refused, and closed with our bytes unread
            pass
    lost.start()
    at = offset_of(place, location)
    assert at < len(blob.content)
    finish(place, location, blob.digest, blob.content[at:], at).expect(201)
    check_pull(place, blob)


def test_at_the_end(lost: SeaweedFS, place: Place):
    """All bytes are there and only their name is missing: the same PUT succeeds later."""
    blob = random_blob(SIZE)
    location = send_chunk(place, start(place), blob.content, 0).expect(202).location
    lost.stop()
    unavailable(finish(place, location, blob.digest))
    place.registry.head(place.blob(blob.digest)).expect(404)
    lost.start()
    assert offset_of(place, location) == SIZE
    finish(place, location, blob.digest).expect(201)
    check_pull(place, blob)


@pytest.mark.parametrize("size", [0, 100, SIZE])
def test_whole_blob(lost: SeaweedFS, place: Place, size: int):
    blob = random_blob(size) if size else random_blob(0)
    lost.stop()
    unavailable(post_only(place, blob))
    place.registry.head(place.blob(blob.digest)).expect(404)
    lost.start()
    post_only(place, blob).expect(201)
    check_pull(place, blob)


def test_what_needs_no_store_goes_on(lost: SeaweedFS, place: Place):
    """Manifests, tags and referrers are in the database; a blob can be looked for, but not read."""
    data = build("artifacts-with-subject")
    push(place, data)
    lost.stop()
    list_tags(place, data)
    for reference, stored in references(data):
        assert place.registry.get(place.manifest(reference)).expect(200).body == stored.content
    for digest in data.blobs:
        place.registry.head(place.blob(digest)).expect(200)
        unavailable(place.registry.get(place.blob(digest)))
        unavailable(place.registry.get(place.blob(digest), headers={"Range": "bytes=0-1"}))
    stored = data.manifests[0]
    sent = {"Content-Type": stored.media_type}
    place.registry.request("PUT", place.manifest("retag"), body=stored.content, headers=sent).expect(201)
    other = Place(place.registry, f"{place.name}/other", place.form)
    mount = with_query(other.uploads, mount=digest, **{"from": place.name})
    place.registry.request("POST", mount).expect(201)
    lost.start()
    pull(place, data)


def test_cancelling(lost: SeaweedFS, place: Place):
    """The session is gone for the client, whether or not the store could be told."""
    location = send_chunk(place, start(place), random_blob(CHUNK).content, 0).expect(202).location
    lost.stop()
    place.registry.request("DELETE", location).expect(204, 503)
    lost.start()
    place.registry.request("DELETE", location).expect(204, 404)
    place.registry.get(location).expect(404)


def test_acknowledged_before(lost: SeaweedFS, place: Place):
    """A store that was killed comes back with what it had said yes to."""
    blobs = [random_blob(size) for size in (1, 1000, 100_000, CHUNK)]
    for blob in blobs:
        post_only(place, blob).expect(201)
    lost.stop()
    lost.start()
    for blob in blobs:
        check_head(place, blob)
        check_pull(place, blob)
