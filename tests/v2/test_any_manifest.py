"""Whatever document is pushed, the answer is a decision and never a fault; what was taken comes back byte for byte."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.blobs import Place, random_blob
from tests.conformance.content import EMPTY, IMAGE, INDEX

SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"

text = st.one_of(st.text(max_size=20), st.sampled_from(["", "\0", "a" * 300, "../..", IMAGE, INDEX]))
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), text)
digests = st.one_of(text, st.just(random_blob(3).digest), st.just(random_blob(3, "sha512").digest))
descriptors = st.fixed_dictionaries(
    {},
    optional={
        "mediaType": st.one_of(scalars, st.sampled_from([IMAGE, INDEX, EMPTY])),
        "digest": st.one_of(digests, scalars),
        "size": st.one_of(st.integers(-(2**70), 2**70), scalars),
        "urls": st.one_of(scalars, st.lists(scalars, max_size=2)),
        "annotations": st.one_of(scalars, st.dictionaries(text, scalars, max_size=2)),
        "platform": st.one_of(scalars, st.dictionaries(text, scalars, max_size=2)),
        "data": scalars,
    },
)
documents = st.fixed_dictionaries(
    {"schemaVersion": st.one_of(st.just(2), scalars)},
    optional={
        "mediaType": st.one_of(st.sampled_from([IMAGE, INDEX, DOCKER]), scalars),
        "artifactType": scalars,
        "config": st.one_of(descriptors, scalars),
        "layers": st.one_of(st.lists(descriptors, max_size=3), scalars),
        "manifests": st.one_of(st.lists(descriptors, max_size=3), scalars),
        "blobs": st.one_of(st.lists(descriptors, max_size=2), scalars),
        "subject": st.one_of(descriptors, scalars),
        "annotations": st.one_of(scalars, st.dictionaries(text, scalars, max_size=3)),
    },
)
harmless = st.fixed_dictionaries(
    {"schemaVersion": st.just(2), "mediaType": st.just(INDEX), "manifests": st.just([])},
    optional={"annotations": st.dictionaries(text, text, max_size=3), "artifactType": text, "x": scalars},
)


@SETTINGS
@given(document=st.one_of(documents, harmless), media_type=st.sampled_from([IMAGE, INDEX, DOCKER]))
def test_any_document(place: Place, document: dict[str, object], media_type: str):
    content = json.dumps(document).encode()
    pushed(place, content, media_type)


@SETTINGS
@given(content=st.binary(max_size=200))
def test_any_bytes(place: Place, content: bytes):
    pushed(place, content, IMAGE)


def pushed(place: Place, content: bytes, media_type: str) -> None:
    sent = {"Content-Type": media_type}
    answer = place.registry.request("PUT", place.manifest("any"), body=content, headers=sent)
    answer.expect(201, 400, 404)
    if answer.status == 201:
        assert place.registry.get(answer.location).expect(200).body == content
    else:
        assert json.loads(answer.body)["errors"][0]["code"] in ("MANIFEST_INVALID", "MANIFEST_BLOB_UNKNOWN")
