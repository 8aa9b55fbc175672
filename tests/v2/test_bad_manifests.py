"""Manifests that are none, or two at once, or name what is not there: refused with the specification's code, and
neither the manifest nor its tag nor its repository is there afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.models import Project
from tests.conformance.blobs import Blob, Place, digest_of, post_put, random_blob
from tests.conformance.content import CONFIG, FOREIGN_LAYER, IMAGE, INDEX, LAYER, DataSet, as_json
from tests.v2.traces import nothing_stored

pytestmark = pytest.mark.slow

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+json"
SIGNED_SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"
HEX = "a" * 64


@pytest.fixture
def good(place: Place) -> dict[str, Any]:
    """A manifest whose blobs are all there."""
    data = DataSet("good")
    data.add_image()
    for content in data.blobs.values():
        post_put(place, Blob(digest_of(content), content)).expect(201)
    return dict(json.loads(data.manifests[0].content))


def put(place: Place, content: bytes | dict[str, Any], media_type: str = IMAGE, reference: str = "tag") -> Any:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return place.registry.request("PUT", place.manifest(reference), body=body, headers={"Content-Type": media_type})


def refused(place: Place, project: Project, content: bytes | dict[str, Any], media_type: str = IMAGE) -> None:
    """By tag and by its digest."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    with nothing_stored(project):
        for reference in ("tag", digest_of(body)):
            answer = put(place, body, media_type, reference).expect(400)
            assert b'"MANIFEST_INVALID"' in answer.body
            place.registry.head(place.manifest(reference)).expect(404)


def test_the_good_one_is_taken(place: Place, good: dict[str, Any]):
    put(place, good).expect(201)


CHANGES: dict[str, dict[str, Any]] = {
    "layers and manifests": {"manifests": []},
    "layers and fsLayers": {"fsLayers": []},
    "layers and blobs": {"blobs": []},
    "layers and history": {"history": []},
    "another known key by its case": {"Layers": []},
    "media type by its case": {"mediatype": INDEX},
    "no configuration": {"config": None},
    "configuration is a list": {"config": []},
    "configuration is a word": {"config": "sha256:" + HEX},
    "layers are an object": {"layers": {}},
    "layers are a word": {"layers": "layers"},
    "a layer is a word": {"layers": ["sha256:" + HEX]},
    "a layer is null": {"layers": [None]},
    "version 1": {"schemaVersion": 1},
    "version 3": {"schemaVersion": 3},
    "version is a word": {"schemaVersion": "2"},
    "version is true": {"schemaVersion": True},
    "another media type": {"mediaType": INDEX},
    "media type is a number": {"mediaType": 2},
    "artifact type is a list": {"artifactType": ["a"]},
    "annotations are a list": {"annotations": ["a"]},
    "an annotation is a number": {"annotations": {"a": 1}},
    "an annotation is null": {"annotations": {"a": None}},
    "an annotation has a NUL": {"annotations": {"a": "b\0c"}},
    "an annotation's name has a NUL": {"annotations": {"a\0": "b"}},
    "an annotation has half a letter": {"annotations": {"a": "\ud800"}},
    "subject is a word": {"subject": "sha256:" + HEX},
    "subject without a digest": {"subject": {"mediaType": IMAGE, "size": 1}},
    "subject with a bad digest": {"subject": {"mediaType": IMAGE, "size": 1, "digest": "sha256:../../etc"}},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_bad_field(place: Place, project: Project, good: dict[str, Any], change: dict[str, Any]):
    refused(place, project, good | change)


@pytest.mark.parametrize("key", ["config", "schemaVersion", "layers"])
def test_missing_field(place: Place, project: Project, good: dict[str, Any], key: str):
    del good[key]
    refused(place, project, good)


DESCRIPTORS: dict[str, dict[str, Any]] = {
    "no media type": {"mediaType": None},
    "media type is a number": {"mediaType": 1},
    "media type too long": {"mediaType": "a" * 300},
    "negative size": {"size": -1},
    "size is a word": {"size": "12"},
    "size is a fraction": {"size": 12.5},
    "size is true": {"size": True},
    "size is null": {"size": None},
    "size beyond 63 bits": {"size": 2**63},
    "size of a thousand digits": {"size": 10**1000},
    "another size than the blob": {"size": 1},
    "digest in upper case": {"digest": "sha256:" + HEX.upper()},
    "digest is traversal": {"digest": "sha256:../../../../etc/passwd"},
    "digest of md5": {"digest": "md5:" + HEX[:32]},
    "digest is a number": {"digest": 1},
    "urls are a word": {"urls": "https://example.com"},
    "urls are numbers": {"urls": [1]},
    "annotations are a word": {"annotations": "a"},
    "platform is a word": {"platform": "linux"},
    "platform of numbers": {"platform": {"os": 1}},
    "size by its case": {"Size": 1},
}


@pytest.mark.parametrize("change", DESCRIPTORS.values(), ids=DESCRIPTORS.keys())
@pytest.mark.parametrize("of", ["config", "layer"])
def test_bad_descriptor(place: Place, project: Project, good: dict[str, Any], change: dict[str, Any], of: str):
    descriptor = good["config"] if of == "config" else good["layers"][0]
    descriptor.update(change)
    refused(place, project, good)


DOCUMENTS: dict[str, bytes] = {
    "nothing": b"",
    "not JSON": b"hello",
    "cut short": b'{"schemaVersion": 2, "mediaType"',
    "two documents": b"{}{}",
    "a list": b"[]",
    "a word": b'"manifest"',
    "null": b"null",
    "a number": b"2",
    "an empty object": b"{}",
    "UTF-16": '{"schemaVersion": 2}'.encode("utf-16"),
    "with a byte order mark": b"\xef\xbb\xbf" + b'{"schemaVersion": 2}',
    "latin-1": '{"schemaVersion": 2, "annotations": {"a": "é"}}'.encode("latin-1"),
    "NaN": b'{"schemaVersion": NaN}',
    "a number of a million digits": b'{"schemaVersion": ' + b"2" * 1_000_000 + b"}",
    "deep lists": b'{"annotations": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "moderately deep": b'{"a":' * 200 + b"1" + b"}" * 200,
    "never closed": b"[" * 1_000_000,
    "NUL bytes": b"\0" * 1000,
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("content", DOCUMENTS.values(), ids=DOCUMENTS.keys())
@pytest.mark.parametrize("media_type", [IMAGE, INDEX, DOCKER, DOCKER_LIST])
def test_no_document(place: Place, project: Project, content: bytes, media_type: str):
    refused(place, project, content, media_type)


def test_key_twice(place: Place, project: Project, good: dict[str, Any]):
    """Readers differ in which of the two counts."""
    once = json.dumps(good)
    refused(place, project, (once[:-1] + ', "layers": []}').encode())
    config = json.dumps(good["config"])
    digest = good["config"]["digest"]
    twice = config[:-1] + f', "digest": "{random_blob(9).digest}"' + "}"
    assert digest in twice
    refused(place, project, once.replace(config, twice).encode())


MEDIA_TYPES = [
    "application/json",
    "text/plain",
    "application/octet-stream",
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.unknown.manifest.v1+json",
    "application/vnd.oci.image.manifest.v1",
    "*/*",
    "x" * 3000,
    "\xe9",
]


@pytest.mark.parametrize("media_type", MEDIA_TYPES, ids=lambda text: ascii(text[:30]))
def test_unknown_media_type(place: Place, project: Project, good: dict[str, Any], media_type: str):
    refused(place, project, good, media_type)
    refused(place, project, {key: value for key, value in good.items() if key != "mediaType"}, media_type)


@pytest.mark.parametrize("media_type", [INDEX, DOCKER, DOCKER_LIST])
def test_media_type_of_another_document(place: Place, project: Project, good: dict[str, Any], media_type: str):
    """Also where the document itself names none."""
    refused(place, project, good, media_type)
    if media_type != DOCKER:
        refused(place, project, {key: value for key, value in good.items() if key != "mediaType"}, media_type)


@pytest.mark.parametrize("media_type", [SCHEMA_1, SIGNED_SCHEMA_1])
def test_schema_1(place: Place, project: Project, media_type: str):
    """Refused with words that help."""
    old = {"schemaVersion": 1, "name": place.name, "tag": "tag", "fsLayers": [], "history": [], "signatures": []}
    refused(place, project, old, media_type)
    assert b"schema 1" in put(place, old, media_type).body


def test_no_media_type_at_all(place: Place, project: Project, good: dict[str, Any]):
    del good["mediaType"]
    with nothing_stored(project):
        put(place, good, "").expect(400)


def test_too_large(place: Place, project: Project, good: dict[str, Any]):
    """413, from the first byte above the limit."""
    limit = 4 << 20
    padded = as_json(good)
    padded += b" " * (limit - len(padded))
    with nothing_stored(project):
        for size in (1, 1000, limit):
            answer = put(place, padded + b" " * size).expect(413)
            assert b'"MANIFEST_INVALID"' in answer.body
    put(place, padded).expect(201)


def test_too_large_without_a_length(place: Place, project: Project):
    pieces = (b" " * 65536 for _ in range(80))
    with nothing_stored(project):
        place.registry.get("/v2/").expect(200)
        put_chunked = place.registry.request(
            "PUT", place.manifest("tag"), body=pieces, headers={"Content-Type": IMAGE, "Authorization": _token(place)}
        )
        put_chunked.expect(413)


def _token(place: Place) -> str:
    return f"Bearer {place.registry.token(f'repository:{place.name}:pull,push')}"


def test_missing_blob(place: Place, project: Project, good: dict[str, Any]):
    for of in ("config", "layers"):
        missing = {"mediaType": LAYER, "digest": random_blob(5).digest, "size": 5}
        changed = good | {of: missing if of == "config" else [*good["layers"], missing]}
        unknown(place, project, changed)


def unknown(place: Place, project: Project, document: dict[str, Any], media_type: str = IMAGE) -> None:
    with nothing_stored(project):
        answer = put(place, document, media_type).expect(404)
        assert b'"MANIFEST_BLOB_UNKNOWN"' in answer.body


def test_blob_of_another_repository(place: Place, project: Project, good: dict[str, Any]):
    """That its bytes are in the store, and in the very project, does not make it a part of this repository."""
    other = Place(place.registry, f"{place.name}/other", place.form)
    unknown(other, project, good)


@pytest.mark.parametrize("urls", [[], ["https://example.com/layer"]])
def test_addresses_excuse_only_foreign_layers(place: Place, project: Project, good: dict[str, Any], urls: list[str]):
    """A layer that clients may distribute must be here, wherever else it is said to be; so must a foreign one of which
    nobody says where it is."""
    media_type = LAYER if urls else FOREIGN_LAYER
    layer = {"mediaType": media_type, "digest": random_blob(5).digest, "size": 5, "urls": urls}
    unknown(place, project, good | {"layers": [layer]})


def test_missing_child(place: Place, project: Project):
    child = {"mediaType": IMAGE, "digest": random_blob(5).digest, "size": 5}
    unknown(place, project, {"schemaVersion": 2, "mediaType": INDEX, "manifests": [child]}, INDEX)


def test_blob_as_a_child(place: Place, project: Project, good: dict[str, Any]):
    """Bytes that were pushed as a blob are no manifest."""
    content = as_json(good)
    blob = Blob(digest_of(content), content)
    post_put(place, blob).expect(201)
    child = {"mediaType": IMAGE, "digest": blob.digest, "size": len(content)}
    unknown(place, project, {"schemaVersion": 2, "mediaType": INDEX, "manifests": [child]}, INDEX)
    place.registry.get(place.manifest(blob.digest)).expect(404)


def test_child_of_another_size(place: Place, project: Project, good: dict[str, Any]):
    answer = put(place, good).expect(201)
    child = {"mediaType": IMAGE, "digest": answer.content_digest, "size": 1}
    refused_index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [child]}
    with nothing_stored(project):
        put(place, refused_index, INDEX, "index").expect(400)


def test_too_many_children(place: Place, project: Project):
    child = {"mediaType": IMAGE, "digest": random_blob(5).digest, "size": 5}
    many = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [child] * 2001}
    refused(place, project, many, INDEX)


def test_too_many_levels(place: Place, project: Project):
    """Each level is a small document; who walks them has to stop somewhere."""
    data = DataSet("nested")
    level = data.add_index([])
    put(place, data.manifests[-1].content, INDEX, level["digest"]).expect(201)
    levels = 1
    while levels < 100:
        level = data.add_index([level])
        answer = put(place, data.manifests[-1].content, INDEX, level["digest"])
        if answer.status != 201:
            break
        levels += 1
    answer.expect(400)
    assert b'"MANIFEST_INVALID"' in answer.body
    assert 4 <= levels <= 16
    with nothing_stored(project):
        put(place, data.manifests[-1].content, INDEX, "deep").expect(400)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_digest_of_other_bytes(place: Place, project: Project, good: dict[str, Any], algorithm: str):
    for reference in (random_blob(5, algorithm).digest, digest_of(as_json(good) + b" ", algorithm)):
        with nothing_stored(project):
            answer = put(place, good, IMAGE, reference).expect(400)
            assert b'"DIGEST_INVALID"' in answer.body


def test_config_of_any_type(place: Place, good: dict[str, Any]):
    """What is unknown is not wrong: a registry takes types that it has never heard of."""
    good["config"]["mediaType"] = "application/x.never-heard-of.v7+yaml"
    good["layers"][0]["mediaType"] = "video/mp4"
    put(place, good).expect(201)


def test_config_that_is_not_json(place: Place, good: dict[str, Any]):
    """An image configuration is the client's business."""
    blob = random_blob(77)
    post_put(place, blob).expect(201)
    good["config"] = {"mediaType": CONFIG, "digest": blob.digest, "size": 77}
    put(place, good).expect(201)
