"""Blob APIs, for sha256 and then for sha512."""

from __future__ import annotations

import pytest

from tests.conformance.blobs import (
    CHUNK,
    PUSHES,
    Blob,
    Place,
    check_created,
    check_delete,
    check_head,
    check_pull,
    chunked,
    digest_of,
    finish,
    post_only,
    post_put,
    random_blob,
    spoiled,
    start,
    stream,
)
from tests.conformance.client import with_query

pytestmark = pytest.mark.parametrize("algorithm", ["sha256", "sha512"])

THREE_CHUNKS = CHUNK * 3 - 5


def test_get_missing(place: Place, algorithm: str):
    place.registry.get(place.blob(random_blob(64, algorithm).digest)).expect(404)


@pytest.mark.parametrize("way", PUSHES)
def test_push(place: Place, algorithm: str, way: str):
    blob = random_blob(THREE_CHUNKS if "multi" in way or "order" in way else 512, algorithm)
    check_created(place, PUSHES[way](place, blob), blob)
    check_head(place, blob)
    check_pull(place, blob)
    check_delete(place, blob.digest)


def test_mount(place: Place, other_place: Place, algorithm: str):
    blob = random_blob(512, algorithm)
    post_put(other_place, blob).expect(201)
    mount = with_query(place.uploads, mount=blob.digest, **{"from": other_place.name})
    check_created(place, place.registry.request("POST", mount), blob)
    check_head(place, blob)
    check_pull(place, blob)
    check_delete(place, blob.digest)
    check_head(other_place, blob)
    check_delete(other_place, blob.digest)


def test_mount_anonymous(place: Place, other_place: Place, algorithm: str):
    """Without its source named: any repository will do that the credentials let the caller read."""
    blob = random_blob(512, algorithm)
    post_put(other_place, blob).expect(201)
    token = place.registry.token(f"repository:{place.name}:pull,push", f"repository:{other_place.name}:pull")
    headers = {"Authorization": f"Bearer {token}"}
    answer = place.registry.request("POST", with_query(place.uploads, mount=blob.digest), headers=headers)
    check_created(place, answer, blob)
    check_pull(place, blob)
    check_delete(place, blob.digest)
    check_delete(other_place, blob.digest)


def test_mount_missing(place: Place, other_place: Place, algorithm: str):
    """What the source does not have is uploaded instead, in the session that the answer opens."""
    blob = random_blob(512, algorithm)
    mount = with_query(place.uploads, mount=blob.digest, **{"from": other_place.name})
    answer = place.registry.request("POST", mount).expect(202)
    check_created(place, finish(place, answer.location, blob.digest, blob.content), blob)
    check_pull(place, blob)
    check_delete(place, blob.digest)


def test_post_cancel(dev_place: Place, algorithm: str):
    location = start(dev_place)
    dev_place.registry.request("DELETE", location).expect(204)
    dev_place.registry.get(location).expect(404)


@pytest.mark.parametrize("way", ["stream", "post+put", "chunked"])
def test_digest_algorithm(dev_place: Place, algorithm: str, way: str):
    """A session that was told the algorithm of its digest beforehand."""
    blob = random_blob(THREE_CHUNKS, algorithm)
    location = start(dev_place, **{"digest-algorithm": algorithm})
    half = len(blob.content) // 2
    rest, first = blob.content, None
    if way == "stream":
        pieces = iter([blob.content[:half], blob.content[half:]])
        location = dev_place.registry.request("PATCH", location, body=pieces).expect(202).location
        rest = None
    elif way == "chunked":
        sent = {"Content-Range": f"0-{half - 1}"}
        answer = dev_place.registry.request("PATCH", location, body=blob.content[:half], headers=sent)
        location, rest, first = answer.expect(202).location, blob.content[half:], half
    check_created(dev_place, finish(dev_place, location, blob.digest, rest, first), blob)
    check_pull(dev_place, blob)


RANGES = {
    "500-1499": (500, 1500),
    "500-": (500, 2048),
    "-500": (1548, 2048),
    "2000-5000": (2000, 2048),
    "500-0": None,
    "5000-10000": None,
}


@pytest.mark.parametrize("asked", RANGES)
def test_range(place: Place, algorithm: str, asked: str):
    blob = random_blob(2048, algorithm)
    post_put(place, blob).expect(201)
    answer = place.registry.get(place.blob(blob.digest), headers={"Range": f"bytes={asked}"})
    wanted = RANGES[asked]
    if wanted is None:
        answer.expect(416)
        return
    start_at, end = wanted
    answer.expect(206)
    assert answer.body == blob.content[start_at:end]
    assert answer.header("Content-Length") == str(end - start_at)
    assert answer.header("Content-Range") in (f"bytes {start_at}-{end - 1}/2048", f"bytes {start_at}-{end - 1}/*")


@pytest.mark.parametrize("content", [b"", b"{}"], ids=["empty", "emptyJSON"])
@pytest.mark.parametrize("way", ["post only", "post+put", "stream"])
def test_well_known_content(place: Place, algorithm: str, content: bytes, way: str):
    blob = Blob(digest_of(content, algorithm), content)
    check_created(place, PUSHES[way](place, blob), blob)
    check_head(place, blob)
    check_pull(place, blob)
    check_delete(place, blob.digest)


BAD_DIGEST = {
    "bad digest post only": post_only,
    "bad digest post+put": post_put,
    "bad digest chunked": chunked,
    "bad digest chunked and put chunk": lambda place, blob: chunked(place, blob, put_last=True),
    "bad digest stream": stream,
}


@pytest.mark.parametrize("way", BAD_DIGEST)
def test_bad_digest(place: Place, algorithm: str, way: str):
    blob = spoiled(random_blob(THREE_CHUNKS, algorithm))
    BAD_DIGEST[way](place, blob).expect(400)
    place.registry.head(place.blob(blob.digest)).expect(404)
