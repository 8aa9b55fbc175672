"""Data sets: each is pushed, listed, looked at, pulled, found by its subject, and deleted."""

from __future__ import annotations

import pytest

from tests.conformance import steps
from tests.conformance.blobs import (
    Blob,
    Place,
    check_created,
    check_delete,
    check_head,
    check_pull,
    digest_of,
    post_put,
)
from tests.conformance.content import INDEX, DataSet, Stored, as_json
from tests.conformance.data_sets import DATA_SETS, build

TAG_PARAMETERS = {"tag-param-sha256", "tag-param-sha512"}


@pytest.mark.parametrize("name", [name for name in DATA_SETS if name not in TAG_PARAMETERS])
def test_data_set(place: Place, name: str):
    run(place, build(name))


@pytest.mark.parametrize("name", sorted(TAG_PARAMETERS))
def test_tag_parameters(dev_place: Place, name: str):
    run(dev_place, build(name), tag_parameters=True)


def run(place: Place, data: DataSet, *, tag_parameters: bool = False) -> None:
    steps.push(place, data, tag_parameters=tag_parameters)
    steps.list_tags(place, data)
    steps.look(place, data)
    steps.pull(place, data)
    steps.list_referrers(place, data)
    steps.delete(place, data)


def test_bad_digest_image(place: Place):
    """Bytes that are not those of the digest in the address: refused, and neither name leads anywhere."""
    data = DataSet("bad-digest-image")
    data.add_image()
    stored = data.manifests.pop()
    for digest, content in data.blobs.items():
        check_created(place, post_put(place, Blob(digest, content)), Blob(digest, content))
    sent = {"Content-Type": stored.media_type}
    changed = stored.content + b"  "
    place.registry.request("PUT", place.manifest(stored.digest), body=changed, headers=sent).expect(400)
    place.registry.head(place.manifest(stored.digest)).expect(404)
    for digest, content in data.blobs.items():
        check_head(place, Blob(digest, content))
        check_pull(place, Blob(digest, content))
        check_delete(place, digest)


def sparse_image() -> tuple[DataSet, Stored]:
    """An image one of whose layers is never pushed."""
    data = DataSet("sparse")
    data.add_image()
    layer = next(iter(data.blobs))
    del data.blobs[layer]
    return data, data.manifests.pop()


def sparse_index() -> tuple[DataSet, Stored]:
    """An index one of whose platforms is never pushed."""
    data = DataSet("sparse")
    child = data.add_image()
    missing = DataSet("missing").add_image()
    data.add_index([child, missing])
    return data, data.manifests.pop()


@pytest.mark.parametrize("make", [sparse_image, sparse_index])
def test_sparse(place: Place, make):
    """What refers to content that is not there is refused (the specification leaves that open), by its own code, and
    nothing of it stays."""
    data, stored = make()
    steps.push(place, data)
    answer = place.registry.request(
        "PUT", place.manifest("sparse"), body=stored.content, headers={"Content-Type": stored.media_type}
    ).expect(404)
    assert b'"MANIFEST_BLOB_UNKNOWN"' in answer.body
    place.registry.head(place.manifest("sparse")).expect(404)
    place.registry.head(place.manifest(stored.digest)).expect(404)


def test_media_type_parameters_are_dropped(place: Place):
    """A type is stored without what follows a semicolon."""
    data = build("image")
    stored = data.manifests.pop()
    steps.push(place, DataSet("blobs", blobs=data.blobs))
    sent = {"Content-Type": f"{stored.media_type}; charset=utf-8"}
    place.registry.request("PUT", place.manifest("image"), body=stored.content, headers=sent).expect(201)
    steps.check_manifest(place, place.registry.get(place.manifest("image")), stored)


def test_spacing_is_kept(place: Place):
    """The bytes of a manifest are its identity: blanks and line ends included."""
    spaced = as_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).replace(b":", b" :\n\t") + b"\n\n"
    steps.put_manifest(place, Stored(digest_of(spaced), spaced, INDEX), "spaced")
