"""Pages of lists (OCI distribution-spec, "Listing tags"; RFC 5988)."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_api.oci.errors import Unsupported
from registry_api.oci.paging import next_link, parse_n
from tests.oci.properties import any_text, bounded, short

LINK = re.compile(r'<([^<>"\s]+)>; rel="next"')


@pytest.mark.parametrize(
    ("text", "count"),
    [(None, 100), ("0", 0), ("1", 1), ("007", 7), ("1000", 1000), ("1001", 1000), ("9" * 5000, 1000), ("1" * 18, 1000)],
    ids=short,
)
def test_how_many(text, count):
    assert parse_n(text, 100, 1000) == count


@pytest.mark.parametrize(
    "text", ["", " ", "-1", "+1", "1 ", "1\n", "1.0", "1e3", "0x1", "a", "٣", "²", "1_0", "\ud800"], ids=short
)
def test_what_is_no_number_of_entries(text):
    with pytest.raises(Unsupported) as refused:
        parse_n(text, 100, 1000)
    assert refused.value.status == 400


def test_the_link_to_the_next_page():
    assert next_link("/v2/a/b/tags/list", {"n": "2", "last": "v1"}) == '</v2/a/b/tags/list?n=2&last=v1>; rel="next"'


def test_the_path_of_referrers_stays_readable():
    path = "/v2/a/referrers/sha256:" + "0" * 64
    assert next_link(path, {"n": "1"}).startswith(f"<{path}?")


def test_what_is_no_text_does_not_break_the_link():
    assert next_link("/v2/a\ud800", {"last": "b\udfff"}) == '</v2/a%3F?last=b%3F>; rel="next"'


@bounded
@given(any_text)
def test_n_is_a_number_or_the_one_error(text):
    try:
        assert 0 <= parse_n(text, 5, 50) <= 50
    except Unsupported:
        assert not re.fullmatch("[0-9]+", text)


@bounded
@given(any_text, st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_a_link_is_one_line_and_carries_its_parameters(path, value):
    link = LINK.fullmatch(next_link("/v2/" + path, {"n": "1", "last": value}))
    assert link
    assert link[1].isascii()
    assert parse_qs(urlsplit(link[1]).query) == {"n": ["1"], "last": [value]}
