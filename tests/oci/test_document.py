"""JSON that can be read in one way only (RFC 8259, RFC 7493)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_api.oci.document import DEEPEST, KnownKeys, is_text, read_document
from registry_api.oci.errors import ManifestInvalid
from tests.oci.properties import bounded, json_values, short


def nested(levels, opening=b"[", closing=b"]"):
    return b'{"a":' + opening * (levels - 1) + closing * (levels - 1) + b"}"


def nested_objects(levels):
    return b'{"a":' * levels + b"1" + b"}" * levels


def test_an_object_is_read():
    assert read_document(b' {"a": [1, true, null, "\xc3\xa9"]}\n') == {"a": [1, True, None, "é"]}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"{",
        b"[]",
        b'"a"',
        b"1",
        b"null",
        b"{}{}",
        b"{} x",
        b"{}\0",
        b'{"a":1,}',
        b"{'a':1}",
        b"{a:1}",
        b'{"a":01}',
        b'{"a":"\n"}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',  # a surrogate in UTF-8
        b'{"a":"\xc0\xaf"}',  # an overlong slash
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-32-le"),
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":/* b */1}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":-' + b"9" * 3_000_000 + b"}",
        b"\0" * 1_000_000,
    ],
    ids=short,
)
def test_what_is_no_object_in_json(content):
    with pytest.raises(ManifestInvalid) as refused:
        read_document(content)
    assert refused.value.status == 400
    assert len(refused.value.message) < 200


@pytest.mark.parametrize(
    "content",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"a":2,"a":1}',
        b'{"a":[true],"a":[1]}',
        b'{"a":1,"a":1.0}',
        b'{"b":{"a":1,"a":null}}',
        b'{"b":[{"a":[1],"a":[2]}]}',
        b'{"a":1,"\\u0061":2}',
    ],
)
def test_a_key_with_two_values_is_refused(content):
    with pytest.raises(ManifestInvalid, match="'a' occurs twice"):
        read_document(content)


def test_a_key_that_says_the_same_twice_is_let_pass():
    assert read_document(b'{"a":{"b":[1]},"a":{"b":[1]}}') == {"a": {"b": [1]}}


def test_as_deep_as_allowed():
    assert read_document(nested(DEEPEST))
    assert read_document(nested_objects(DEEPEST))


def test_many_brackets_are_not_deep():
    assert len(read_document(b'{"a":[' + b"{}," * 500 + b"{}]}")["a"]) == 501


@pytest.mark.parametrize(
    "content",
    [
        nested(DEEPEST + 1),
        nested_objects(DEEPEST + 1),
        nested(900),
        nested(1_900_000),
        nested_objects(600_000),
        b'{"a":' + b"[" * 3_900_000,
        nested(DEEPEST + 1, b'[0,"x",', b"0]"),
    ],
    ids=short,
)
def test_deeper_is_refused(content):
    with pytest.raises(ManifestInvalid):
        read_document(content)


@pytest.mark.parametrize("value", ["", "a", "é", "\U0001f600", "\x01", "a" * 10_000])
def test_text(value):
    assert is_text(value)


@pytest.mark.parametrize(
    "value", [None, 1, True, [], {}, b"a", "\0", "a\0b", "\ud800", "a\udfff", "é\udc80"], ids=short
)
def test_what_is_no_text(value):
    assert not is_text(value)


def test_half_a_pair_is_seen_and_a_whole_one_is_text():
    assert not is_text(read_document(rb'{"a":"\ud83d"}')["a"])
    assert is_text(read_document(rb'{"a":"\ud83d\ude00"}')["a"])


def test_keys_that_only_some_readers_know():
    known = KnownKeys("layers", "config", "mediaType")
    known.require_exact({"layers": 1, "mediaType": 2, "org.example.Layers": 3, "layer": 4}, "it")
    for key in ("Layers", "LAYERS", "mediatype", "layerſ"):
        with pytest.raises(ManifestInvalid):
            known.require_exact({"layers": 1, key: 2}, "it")


@bounded
@given(st.dictionaries(st.text(max_size=8), json_values, max_size=5))
def test_every_shallow_object_is_read_as_it_is(value):
    assert read_document(json.dumps(value).encode()) == value


@bounded
@given(st.binary(max_size=60) | st.text('{}[]":,\\u0123456789eaAEINf- ', max_size=40).map(str.encode))
def test_reading_gives_an_object_or_the_one_error(content):
    try:
        assert isinstance(read_document(content), dict)
    except ManifestInvalid:
        pass


@bounded
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=5))
def test_a_key_has_one_value_or_the_document_is_refused(pairs):
    content = "{" + ",".join(f'"{key}":{value}' for key, value in pairs) + "}"
    try:
        assert read_document(content.encode()) == dict(pairs)
    except ManifestInvalid:
        assert len(set(pairs)) > len(dict(pairs))
    else:
        assert len(set(pairs)) == len(dict(pairs))
