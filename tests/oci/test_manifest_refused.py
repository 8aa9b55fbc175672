"""Manifests that are refused: those that say too little, and those that two readers could take for different ones."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_api.oci.descriptor import LARGEST
from registry_api.oci.errors import ManifestInvalid
from registry_api.oci.manifest import parse_manifest
from registry_api.oci.media_types import DOCKER_IMAGE, DOCKER_LIST, OCI_ARTIFACT, OCI_IMAGE, OCI_INDEX, SCHEMA_1
from tests.oci.documents import descriptor, image, index, parse
from tests.oci.properties import any_text, bounded, json_values, short

FOUR_MEGABYTES = 4 << 20


def refuse(document, content_type="", match=None):
    with pytest.raises(ManifestInvalid, match=match) as refused:
        parse(document, content_type)
    assert (refused.value.code, refused.value.status) == ("MANIFEST_INVALID", 400)
    assert len(refused.value.message) < 400
    assert json.loads(refused.value.body())


@pytest.mark.parametrize("document", [[], [image()], "manifest", 1, None, True, {}])
def test_what_is_no_manifest(document):
    refuse(document)


@pytest.mark.parametrize("content_type", [DOCKER_IMAGE, OCI_INDEX, "application/json", "text/plain", "x" * 100_000])
def test_header_and_document_must_name_the_same_type(content_type):
    refuse(image(), content_type, match="Content-Type is")


def test_a_manifest_of_no_type():
    refuse(image(mediaType=...), match="not a type of manifest")
    refuse(image(mediaType=...), ";charset=utf-8", match="not a type of manifest")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/vnd.oci.image.config.v1+json", "é", "\ud800"]
)
def test_a_type_that_is_no_manifest(content_type):
    refuse(image(mediaType=...), content_type, match="not a type of manifest")


@pytest.mark.parametrize(
    "media_type", [1, True, [], {}, OCI_IMAGE + "\n", OCI_IMAGE + " ", OCI_IMAGE.upper(), "a" * 256]
)
def test_a_media_type_that_is_none(media_type):
    refuse(image(mediaType=media_type))


@pytest.mark.parametrize("media_type", sorted(SCHEMA_1))
def test_schema_1_is_refused_by_name(media_type):
    refuse({"schemaVersion": 1, "fsLayers": []}, media_type, match="schema 1")
    refuse({"fsLayers": []}, media_type, match="schema 1")


@pytest.mark.parametrize("content_type", ["", "application/json"])
def test_schema_1_is_known_without_its_type(content_type):
    refuse({"schemaVersion": 1, "fsLayers": [], "history": []}, content_type, match="schema 1")


@pytest.mark.parametrize("version", [..., None, 0, 3, -2, "2", 2.0, True, [2]])
def test_another_schema_version(version):
    for document in (image(schemaVersion=version), index(schemaVersion=version)):
        refuse(document, match="schema")


@pytest.mark.parametrize("field", ["config", "layers"])
def test_an_image_that_lacks_a_field(field):
    refuse(image(**{field: ...}), match=f"no {field}")


def test_an_index_that_lacks_its_manifests():
    refuse(index(manifests=...), match="no manifests")


@pytest.mark.parametrize("field", ["manifests", "blobs", "fsLayers", "history"])
@pytest.mark.parametrize("value", [[], [descriptor()], {}, 0, "", False])
def test_an_image_that_is_something_else_too(field, value):
    refuse(image(**{field: value}), match=f"cannot have {field}")


@pytest.mark.parametrize("media_type", [OCI_INDEX, DOCKER_LIST])
@pytest.mark.parametrize("field", ["config", "layers", "blobs", "fsLayers", "history"])
def test_an_index_that_is_something_else_too(media_type, field):
    refuse(index(mediaType=media_type, **{field: []}), match=f"cannot have {field}")


@pytest.mark.parametrize("field", ["config", "layers", "manifests"])
def test_an_artifact_manifest_that_is_something_else_too(field):
    refuse({"mediaType": OCI_ARTIFACT, "blobs": [], field: []}, match=f"cannot have {field}")


@pytest.mark.parametrize("key", ["Layers", "LAYERS", "Config", "mediatype", "Manifests", "layerſ", "ſubject"])
def test_keys_that_differ_from_a_field_by_case_alone(key):
    refuse(image(**{key: []}), match="take for another")


@pytest.mark.parametrize("key", ["Digest", "SIZE", "mediaTYPE", "URLs", "diGest"])
def test_keys_of_a_descriptor_that_differ_by_case_alone(key):
    refuse(image(layers=[descriptor(1, **{key: "x"})]), match="take for another")


@pytest.mark.parametrize("field", ["layers", "config", "mediaType"])
def test_a_field_that_is_given_twice(field):
    once = json.dumps(image())
    twice = "{" + f'"{field}": "other", ' + once[1:]
    with pytest.raises(ManifestInvalid, match="occurs twice"):
        parse_manifest(twice.encode(), OCI_IMAGE)


@pytest.mark.parametrize("layers", [{}, "", "layers", 0, 1, True, False, [[]], [None], [1], ["x"], [True]])
def test_layers_that_are_no_list_of_descriptors(layers):
    refuse(image(layers=layers), match="layers")


@pytest.mark.parametrize("config", [None, [], "", "x", 0, True, {}])
def test_a_configuration_that_is_no_descriptor(config):
    refuse(image(config=config), match="config")


@pytest.mark.parametrize("subject", [[], "", "x", 0, False, {}, descriptor(digest="sha256:x")])
def test_a_subject_that_is_no_descriptor(subject):
    refuse(image(subject=subject), match="subject")


HEX = "ab" * 32
EMPTY_OBJECT = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize(
    "change",
    [
        {"mediaType": ...},
        {"mediaType": None},
        {"mediaType": ""},
        {"mediaType": 1},
        {"mediaType": ["a/b"]},
        {"mediaType": "a\0b"},
        {"mediaType": "\ud800"},
        {"mediaType": "a" * 256},
        {"digest": ...},
        {"digest": None},
        {"digest": ""},
        {"digest": HEX},
        {"digest": f"sha256:{HEX}\n"},
        {"digest": f"sha256:{HEX.upper()}"},
        {"digest": f"sha256:{'../' * 21}a"},
        {"digest": f"sha512:{HEX}"},
        {"digest": "md5:" + "a" * 32},
        {"digest": f"blake3:{HEX}"},
        {"digest": ["sha256", HEX]},
        {"digest": 1},
        {"digest": "sha256:" + "a" * 100_000},
        {"size": ...},
        {"size": None},
        {"size": -1},
        {"size": 1.0},
        {"size": 1e3},
        {"size": "1"},
        {"size": True},
        {"size": False},
        {"size": LARGEST + 1},
        {"size": 10**4000},
        {"size": [1]},
        {"annotations": []},
        {"annotations": "a"},
        {"annotations": {"a": 1}},
        {"annotations": {"a": None}},
        {"annotations": {"a": {"b": "c"}}},
        {"annotations": {"a": "\0"}},
        {"annotations": {"\0": "a"}},
        {"annotations": {"a": "\udc00"}},
        {"data": "e30=", "size": 2},
        {"data": "e30=", "size": 3, "digest": EMPTY_OBJECT},
        {"data": "W10=", "size": 2, "digest": EMPTY_OBJECT},
        {"data": "e30", "size": 2, "digest": EMPTY_OBJECT},
        {"data": "e3 0=", "size": 2, "digest": EMPTY_OBJECT},
        {"data": "é", "size": 2, "digest": EMPTY_OBJECT},
        {"data": ["e30="], "size": 2, "digest": EMPTY_OBJECT},
        {"data": {}, "size": 2, "digest": EMPTY_OBJECT},
        {"urls": "https://a"},
        {"urls": {}},
        {"urls": [1]},
        {"urls": [None]},
        {"urls": ["\ud800"]},
        {"platform": []},
        {"platform": "linux"},
        {"platform": {"os": 1}},
        {"platform": {"os": ["linux"]}},
        {"platform": {"architecture": "\0"}},
        {"platform": {"os.features": "x"}},
        {"platform": {"os.features": [{}]}},
        {"artifactType": 1},
        {"artifactType": False},
        {"artifactType": "\0"},
        {"artifactType": "a" * 256},
    ],
    ids=short,
)
def test_a_bad_descriptor_is_refused_and_its_place_told(change):
    refuse(image(layers=[descriptor(1), descriptor(2, **change)]), match=re.escape("layers[1]"))
    refuse(image(config=descriptor(**change)), match="config")
    refuse(image(subject=descriptor(**change)), match="subject")
    refuse(index(manifests=[descriptor(1, **change)]), match=re.escape("manifests[0]"))


@pytest.mark.parametrize("annotations", [[], "a", 1, {"a": 1}, {"a": None}, {"a": "\0"}, {"\ud800": "a"}], ids=short)
def test_bad_annotations(annotations):
    refuse(image(annotations=annotations), match="annotation")


@pytest.mark.parametrize("artifact_type", [1, [], {}, True, "\0", "\ud800", "a" * 256], ids=short)
def test_a_bad_artifact_type(artifact_type):
    refuse(image(artifactType=artifact_type), match="artifactType")


def test_sizes_that_no_registry_could_add_up():
    refuse(image(layers=[descriptor(1, size=LARGEST), descriptor(2, size=LARGEST)]), match="add up")


def test_four_megabytes_of_rubbish():
    for content in (b"[" * FOUR_MEGABYTES, b'{"a":' * (FOUR_MEGABYTES // 5), b"\xff" * FOUR_MEGABYTES, b'"' * 999_999):
        with pytest.raises(ManifestInvalid):
            parse_manifest(content, OCI_IMAGE)


def test_a_misspelt_field_is_still_found_among_very_many():
    document = image(**{f"custom{number}": number for number in range(20_000)}, Subject=descriptor())
    refuse(document, match="'Subject'")


def places(value, path=()):
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def put(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(copy[path[0]], path[1:], new)
    return copy


WHOLE_IMAGE = image(
    annotations={"a": "b"},
    subject=descriptor(3, OCI_IMAGE),
    artifactType="a/b",
    layers=[descriptor(1, urls=["https://a"], annotations={"a": "b"}, data="e30=")],
)
WHOLE_INDEX = index(manifests=[descriptor(1, OCI_IMAGE, platform={"os": "linux", "os.features": ["a"]})])


@bounded
@given(st.sampled_from([WHOLE_IMAGE, WHOLE_INDEX]), st.data(), json_values)
def test_any_value_anywhere_is_taken_or_refused_with_the_one_error(whole, data, new):
    document = put(whole, data.draw(st.sampled_from(list(places(whole)))), new)
    try:
        parsed = parse(document, data.draw(st.sampled_from(["", OCI_IMAGE, OCI_INDEX])))
    except ManifestInvalid as refused:
        assert refused.body().isascii()
        return
    for each in (*parsed.blobs_required, *parsed.manifests):
        assert type(each.size) is int
        assert 0 <= each.size <= LARGEST
    assert 0 <= parsed.size_total <= LARGEST
    json.dumps(parsed.annotations).encode()


@bounded
@given(st.binary(max_size=80), any_text)
def test_any_bytes_are_refused_with_the_one_error(content, content_type):
    with pytest.raises(ManifestInvalid):
        parse_manifest(content, content_type)


@bounded
@given(st.data())
def test_a_damaged_byte_gives_a_manifest_or_the_one_error(data):
    content = bytearray(json.dumps(WHOLE_IMAGE).encode())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert parse_manifest(bytes(content), OCI_IMAGE).media_type == OCI_IMAGE
    except ManifestInvalid as refused:
        assert len(refused.message) < 400


@bounded
@given(st.permutations(["layers", "config", "subject", "mediaType", "layers", "config"]), st.lists(st.integers(0, 1)))
def test_who_takes_the_first_and_who_takes_the_last_of_two_fields_sees_the_same_image(order, choices):
    variants = {
        "layers": [[descriptor(1)], [descriptor(2)]],
        "config": [descriptor(3), descriptor(4)],
        "subject": [descriptor(5), descriptor(5)],
        "mediaType": [OCI_IMAGE, OCI_IMAGE],
    }
    picks = [variants[key][choices[at] if at < len(choices) else 0] for at, key in enumerate(order)]
    pairs = [("schemaVersion", 2), *zip(order, picks, strict=True)]
    content = "{" + ",".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in pairs) + "}"
    first, last = dict(reversed(pairs)), dict(pairs)
    try:
        parsed = parse_manifest(content.encode(), OCI_IMAGE)
    except ManifestInvalid:
        assert first != last
        return
    assert first == last
    assert str(parsed.layers[0].digest) == first["layers"][0]["digest"]
