"""Names, tags and references (OCI distribution-spec, "Pulling manifests")."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_api.oci.digest import Digest
from registry_api.oci.errors import DigestInvalid, ManifestInvalid, NameInvalid
from registry_api.oci.reference import TagInvalid, parse_image, parse_name, parse_reference, parse_tag, project_of
from tests.oci.properties import any_text, bounded, short

# As the specification prints them.
SPEC_NAME = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*"
SPEC_TAG = r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}"


@pytest.mark.parametrize(
    "name", ["library/alpine", "a", "0", "a.b", "a_b", "a__b", "a-b", "a---b", "a/b/c/d", "a" * 255, "1/2.3/4__5"]
)
def test_names(name):
    assert parse_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/./b",
        "a..b",
        "a___b",
        "a._b",
        "-a",
        "a-",
        "_a",
        "a_",
        "Library/alpine",
        "a/B",
        "a b",
        "a\n",
        "a/b\n",
        "\na",
        "a\0",
        "a\\b",
        "a%2fb",
        "a:b",
        "a@b",
        "é",
        "а",  # Cyrillic
        "٣",
        "ａ",
        "K",  # the Kelvin sign, whose lower case is k
        "a\ud800",
        "a" * 256,
        "a/" * 500_000,
        "a-" * 120 + "!",
    ],
    ids=short,
)
def test_what_is_no_name(name):
    with pytest.raises(NameInvalid) as refused:
        parse_name(name)
    assert refused.value.status == 400
    assert len(refused.value.message) < 200


@pytest.mark.parametrize("tag", ["latest", "v1.0", "_", "A", "0", "1.2.3-rc.1_x", "a" * 128, "a.", "a-"])
def test_tags(tag):
    assert parse_tag(tag) == tag


@pytest.mark.parametrize(
    "tag",
    ["", ".", "..", ".a", "-a", "a b", "a/b", "a:b", "a\n", "a\0", "a+b", "é", "٣", "a\ud800", "a" * 129, "a@b"],
    ids=short,
)
def test_what_is_no_tag(tag):
    with pytest.raises(TagInvalid) as refused:
        parse_tag(tag)
    assert isinstance(refused.value, ManifestInvalid)
    assert (refused.value.code, refused.value.status) == ("MANIFEST_INVALID", 400)


def test_a_reference_is_a_digest_or_a_tag():
    text = "sha256:" + "0" * 64
    assert parse_reference(text) == Digest.parse(text)
    assert parse_reference("latest") == "latest"
    assert parse_reference("0" * 64) == "0" * 64


def test_what_holds_a_colon_is_never_taken_for_a_tag():
    for text in ("sha256:baddigeststring", "a:", ":"):
        with pytest.raises(DigestInvalid):
            parse_reference(text)


def test_the_project_is_the_first_component():
    assert project_of("team/app/web") == "team"
    assert project_of("alone") == "alone"


words = st.text("az09", min_size=1, max_size=5)
separators = st.sampled_from([".", "_", "__"]) | st.text("-", min_size=1, max_size=4)
components = st.builds(str.__add__, words, st.lists(st.builds(str.__add__, separators, words), max_size=3).map("".join))


@bounded
@given(st.lists(components, min_size=1, max_size=6).map("/".join))
def test_every_name_of_the_specification_is_taken(name):
    assert re.fullmatch(SPEC_NAME, name)
    assert parse_name(name) == name
    assert name == project_of(name) or name.startswith(project_of(name) + "/")


@bounded
@given(st.builds(str.__add__, st.sampled_from("azAZ09_"), st.text("azAZ09._-", max_size=127)))
def test_every_tag_of_the_specification_is_taken(tag):
    assert re.fullmatch(SPEC_TAG, tag)
    assert parse_tag(tag) == parse_reference(tag) == tag


@bounded
@given(any_text | st.text("ab01._-/\n", max_size=20))
def test_nothing_else_is_a_name(text):
    try:
        assert re.fullmatch(SPEC_NAME, parse_name(text), re.ASCII)
    except NameInvalid:
        assert not re.fullmatch(SPEC_NAME, text, re.ASCII)


@bounded
@given(any_text | st.text("ab01._-:/\n", max_size=20))
def test_nothing_else_is_a_reference(text):
    try:
        assert str(parse_reference(text)) == text
    except TagInvalid:
        assert not re.fullmatch(SPEC_TAG, text, re.ASCII)
    except DigestInvalid:
        assert ":" in text


HASH = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("library/app:1.0", ("library/app", "1.0")),
        ("library/a/b:latest", ("library/a/b", "latest")),
        (f"library/app@{HASH}", ("library/app", Digest.parse(HASH))),
        (f"library/app:1.0@{HASH}", ("library/app", Digest.parse(HASH))),
    ],
)
def test_images(text, wanted):
    assert parse_image(text) == wanted


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        *(("", TagInvalid), ("library/app", TagInvalid), ("library/app:", TagInvalid), ("library/app:-", TagInvalid)),
        *(("library/app@", DigestInvalid), ("library/app@1.0", DigestInvalid), (f"library/app:-@{HASH}", TagInvalid)),
        *(("app:1.0", NameInvalid), (f"app@{HASH}", NameInvalid), ("Library/app:1.0", NameInvalid)),
        *(("host:5000/library/app:1.0", TagInvalid), ("library/app:a:b", TagInvalid)),
    ],
)
def test_no_images(text, refusal):
    with pytest.raises(refusal):
        parse_image(text)
