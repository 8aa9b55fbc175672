"""Manifests that are taken (OCI image-spec, "Image Manifest" and "Image Index"; Docker Image Manifest V2, Schema 2)."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_api.oci.descriptor import LARGEST
from registry_api.oci.digest import Digest
from registry_api.oci.manifest import parse_manifest
from registry_api.oci.media_types import DOCKER_IMAGE, DOCKER_LIST, OCI_ARTIFACT, OCI_IMAGE, OCI_INDEX
from tests.oci.documents import CONFIG, LAYER, descriptor, digest_of, image, index, parse
from tests.oci.properties import bounded, json_values

EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
EMPTY = {
    "mediaType": EMPTY_TYPE,
    "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "size": 2,
}


def digests(descriptors):
    return [str(each.digest) for each in descriptors]


def test_an_image():
    parsed = parse(image(annotations={"a": "b"}), OCI_IMAGE)
    assert (parsed.media_type, parsed.kind, parsed.artifact_type) == (OCI_IMAGE, "image", CONFIG)
    assert str(parsed.config.digest) == digest_of("config")
    assert digests(parsed.layers) == [digest_of(1), digest_of(2)]
    assert (parsed.layers[0].media_type, parsed.layers[0].size) == (LAYER, 1000)
    assert parsed.manifests == ()
    assert parsed.subject is None
    assert parsed.annotations == {"a": "b"}
    assert parsed.blobs_required == (parsed.config, *parsed.layers)
    assert parsed.size_total == 3000


def test_an_index():
    platform = {"architecture": "arm64", "os": "linux", "variant": "v8", "os.features": ["x"], "custom": {"a": 1}}
    parsed = parse(index(manifests=[descriptor(1, OCI_IMAGE, platform=platform), descriptor(2, OCI_INDEX)]), OCI_INDEX)
    assert (parsed.media_type, parsed.kind, parsed.artifact_type) == (OCI_INDEX, "index", "")
    assert digests(parsed.manifests) == [digest_of(1), digest_of(2)]
    assert parsed.manifests[0].platform == {
        "architecture": "arm64",
        "os": "linux",
        "variant": "v8",
        "os.features": ["x"],
    }
    assert parsed.manifests[1].platform is None
    assert parsed.config is None
    assert parsed.blobs_required == ()
    assert parsed.size_total == 2000


@pytest.mark.parametrize("media_type", [DOCKER_IMAGE, OCI_IMAGE])
@pytest.mark.parametrize("declared", [True, False])
def test_images_with_and_without_a_media_type_of_their_own(media_type, declared):
    document = image(mediaType=media_type if declared else ...)
    assert parse(document, media_type).media_type == media_type


@pytest.mark.parametrize("media_type", [DOCKER_LIST, OCI_INDEX])
@pytest.mark.parametrize("declared", [True, False])
def test_indexes_with_and_without_a_media_type_of_their_own(media_type, declared):
    document = index(mediaType=media_type if declared else ...)
    assert parse(document, media_type).kind == "index"


def test_an_artifact_manifest():
    document = {"mediaType": OCI_ARTIFACT, "artifactType": "example/sbom", "blobs": [descriptor(1)]}
    parsed = parse(document | {"subject": descriptor(2, OCI_IMAGE)}, OCI_ARTIFACT)
    assert (parsed.kind, parsed.artifact_type) == ("image", "example/sbom")
    assert digests(parsed.layers) == [digest_of(1)]
    assert str(parsed.subject.digest) == digest_of(2)
    assert parsed.config is None
    assert parse({"mediaType": OCI_ARTIFACT}).layers == ()


@pytest.mark.parametrize(
    "content_type", [OCI_IMAGE, f"{OCI_IMAGE}; charset=utf-8", f" {OCI_IMAGE} ;a=b", OCI_IMAGE.upper(), "", ";x"]
)
def test_parameters_of_the_content_type_do_not_matter(content_type):
    assert parse(image(), content_type).media_type == OCI_IMAGE


def test_an_artifact_with_the_empty_configuration():
    parsed = parse(image(config=EMPTY, artifactType="example/type", layers=[EMPTY]))
    assert parsed.artifact_type == "example/type"
    assert parsed.size_total == 2
    assert parsed.blobs_required == (parsed.config, parsed.layers[0])


@pytest.mark.parametrize("nothing", [[], None])
def test_an_image_without_layers_and_an_index_without_manifests(nothing):
    assert parse(image(layers=nothing)).layers == ()
    assert parse(index(manifests=nothing)).manifests == ()


def test_types_that_nobody_knows():
    layer = descriptor(1, "application/x-unheard-of+zip", artifactType="example/a")
    parsed = parse(image(config=descriptor(0, "nonsense"), layers=[layer]))
    assert parsed.artifact_type == "nonsense"
    assert parsed.layers[0].media_type == "application/x-unheard-of+zip"
    assert parsed.layers[0].artifact_type == "example/a"


def test_subjects_and_artifact_types():
    subject = descriptor("subject", OCI_IMAGE)
    parsed = parse(index(subject=subject, artifactType="example/set"))
    assert str(parsed.subject.digest) == digest_of("subject")
    assert parsed.artifact_type == "example/set"
    assert digest_of("subject") not in digests(parsed.manifests)
    assert parse(image(subject=subject, artifactType="")).artifact_type == CONFIG


def test_layers_that_are_not_distributed_need_not_be_there():
    kinds = [
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
        "application/vnd.docker.image.rootfs.foreign.diff.tar",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    ]
    layers = [descriptor(kind, kind, urls=["https://store.example.com/blob"]) for kind in kinds]
    parsed = parse(image(layers=layers))
    assert parsed.blobs_required == (parsed.config,)
    assert len(parsed.layers) == 5
    assert parsed.layers[0].urls == ("https://store.example.com/blob",)


def test_only_urls_and_type_together_excuse_a_missing_layer():
    foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar"
    layers = [descriptor(1, urls=["https://store.example.com/blob"]), descriptor(2, foreign)]
    parsed = parse(image(layers=layers))
    assert parsed.blobs_required == (parsed.config, *parsed.layers)


def test_entries_of_an_index_that_are_no_manifests_are_blobs():
    cache = "application/vnd.buildkit.cacheconfig.v0"
    parsed = parse(index(manifests=[descriptor(1), descriptor(2, OCI_IMAGE), descriptor(3, cache)]))
    assert digests(parsed.manifests) == [digest_of(2)]
    assert digests(parsed.layers) == digests(parsed.blobs_required) == [digest_of(1), digest_of(3)]
    assert parsed.size_total == 3000


def test_unknown_fields_are_let_pass():
    layer = descriptor(1, **{"org.example.field": {"deep": [1]}})
    assert parse(image(layers=[layer], **{"org.example": 1, "custom": None})).layers[0].size == 1000


@pytest.mark.parametrize("content", [b"{}", b"", b"\0\xff" * 500])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_content_that_is_embedded(content, algorithm):
    named = {"digest": str(Digest.of(content, algorithm)), "size": len(content)}
    layer = descriptor(1, data=base64.b64encode(content).decode(), **named)
    assert parse(image(layers=[layer])).layers[0].size == len(content)


def test_fields_that_are_null_are_not_there():
    nothing = {"annotations": None, "subject": None, "artifactType": None, "manifests": None}
    layer = descriptor(1, annotations=None, urls=None, platform=None, artifactType=None)
    parsed = parse(image(layers=[layer], mediaType=None, **nothing), OCI_IMAGE)
    assert (parsed.annotations, parsed.subject, parsed.artifact_type) == ({}, None, CONFIG)
    assert parsed.layers[0].platform is None


def test_sha512_names():
    layer = descriptor(1, digest="sha512:" + "ab" * 64)
    assert parse(image(layers=[layer])).layers[0].digest.algorithm == "sha512"


def test_content_that_is_named_twice_counts_once():
    parsed = parse(image(layers=[descriptor(1), descriptor(1), descriptor(2)]))
    assert len(parsed.layers) == 3
    assert parsed.size_total == 3000


def test_a_layer_without_bytes_and_one_that_fills_the_world():
    parsed = parse(image(config=descriptor(0, size=0), layers=[descriptor(1, size=LARGEST)]))
    assert parsed.size_total == LARGEST


def test_a_manifest_of_almost_four_megabytes():
    annotations = {f"org.example.{number}": "x" * 10_000 for number in range(390)}
    content = json.dumps(image(annotations=annotations)).encode()
    assert len(content) > 3_900_000
    assert parse_manifest(content, OCI_IMAGE).annotations == annotations


def test_an_index_of_very_many_children():
    children = [descriptor(number, OCI_IMAGE, platform={"os": "linux"}) for number in range(5000)]
    assert len(parse(index(manifests=children)).manifests) == 5000


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
media_types = st.from_regex("[a-z]{1,9}/[a-z.+-]{1,20}", fullmatch=True, alphabet=st.characters(codec="ascii"))
descriptors = st.builds(
    descriptor,
    st.integers(),
    media_types,
    size=st.integers(0, 1 << 40),
    annotations=st.none() | st.dictionaries(texts, texts, max_size=2),
    urls=st.none() | st.lists(texts, max_size=2),
    custom=json_values,
)


@bounded
@given(
    descriptors, st.lists(descriptors, max_size=3), st.none() | descriptors, st.dictionaries(texts, texts, max_size=3)
)
def test_what_an_image_names_is_what_was_read(config, layers, subject, annotations):
    parsed = parse(image(config=config, layers=layers, subject=subject, annotations=annotations))
    for found, given_one in zip((parsed.config, *parsed.layers), (config, *layers), strict=True):
        assert str(found.digest) == given_one["digest"]
        assert found.size == given_one["size"]
        assert found.media_type == given_one["mediaType"]
        assert found.urls == tuple(given_one["urls"] or ())
        assert found.annotations == (given_one["annotations"] or {})
    assert (parsed.subject is None) == (subject is None)
    assert parsed.annotations == annotations
    assert parsed.artifact_type == config["mediaType"]
