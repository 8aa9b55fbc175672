"""Digests (OCI image-spec, descriptor, "Digests")."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_api.oci.digest import Digest
from registry_api.oci.errors import DigestInvalid
from tests.oci.properties import any_text, bounded, short

EMPTY_OBJECT = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
HEX = "ab" * 32


def test_the_digest_of_the_empty_descriptor():
    digest = Digest.of(b"{}")
    assert str(digest) == f"sha256:{EMPTY_OBJECT}"
    assert digest.verify(b"{}")
    assert not digest.verify(b"{} ")


def test_sha512_is_taken_and_verified():
    digest = Digest.of(b"x", "sha512")
    assert digest == Digest.parse("sha512:" + hashlib.sha512(b"x").hexdigest())
    assert digest.verify(b"x")


def test_equal_digests_are_one_key():
    assert len({Digest.parse(f"sha256:{HEX}"), Digest("sha256", HEX)}) == 1


def test_a_digest_cannot_be_changed():
    with pytest.raises(AttributeError):
        Digest("sha256", HEX).encoded = "cd" * 32


def test_a_new_hash_is_fresh_and_of_the_same_algorithm():
    digest = Digest.of(b"abc", "sha512")
    hasher = digest.new_hash()
    hasher.update(b"a")
    hasher.update(b"bc")
    assert hasher.hexdigest() == digest.encoded


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        HEX,
        "sha256",
        "sha256:",
        f":{HEX}",
        f"sha256:{HEX}\n",
        f"sha256: {HEX}",
        f" sha256:{HEX}",
        f"sha256:{HEX[:-1]}",
        f"sha256:{HEX}a",
        f"sha256:{HEX.upper()}",
        f"sha256:{HEX[:-1]}g",
        f"sha256:{HEX[:-1]}٣",  # a digit to Unicode, not to hexadecimal
        f"sha256:{'ａ' * 64}",
        f"SHA256:{HEX}",
        f"sha512:{HEX}",
        f"sha256:{HEX}{HEX}",
        f"sha256:{HEX}:{HEX}",
        "md5:" + "a" * 32,
        "sha1:" + "a" * 40,
        "sha384:" + "a" * 96,
        f"blake3:{HEX}",
        f"sha256+b64:{HEX}",
        "sha256:" + "../" * 21 + "a",
        "sha256:../../../../etc/passwd",
        f"../sha256:{HEX}",
        f"sha256:{HEX[:-1]}\0",
        "sha256:baddigeststring",
        "sha256:" + "a" * 1_000_000,
    ],
    ids=short,
)
def test_everything_else_is_refused(text):
    with pytest.raises(DigestInvalid) as refused:
        Digest.parse(text)
    assert refused.value.status == 400
    assert len(refused.value.message) < 200


def test_a_tag_is_called_no_digest():
    with pytest.raises(DigestInvalid, match="'latest' is not a digest"):
        Digest.parse("latest")


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha3_256", "", "SHA256", "nonsense"])
def test_an_unsupported_algorithm_makes_no_digest(algorithm):
    with pytest.raises(DigestInvalid):
        Digest.of(b"", algorithm)


def test_no_digest_can_be_made_past_the_check():
    with pytest.raises(DigestInvalid):
        Digest("sha256", "../../etc/passwd")
    with pytest.raises(DigestInvalid):
        Digest("../..", HEX)


@bounded
@given(st.binary(max_size=200), st.sampled_from(["sha256", "sha512"]))
def test_text_and_digest_are_the_same(content, algorithm):
    digest = Digest.of(content, algorithm)
    assert Digest.parse(str(digest)) == digest
    assert digest.verify(content)


@bounded
@given(any_text | any_text.map("sha256:".__add__) | st.from_regex(r"sha(256|512):[0-9a-fA-F]{60,130}\n?"))
def test_parsing_gives_a_digest_or_the_one_error(text):
    try:
        digest = Digest.parse(text)
    except DigestInvalid:
        return
    assert str(digest) == text
    assert re.fullmatch("sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}", text)
