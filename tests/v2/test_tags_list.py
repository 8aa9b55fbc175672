"""Listing tags: sorted as Go sorts strings, by pages that neither repeat nor leave out."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.blobs import Place
from tests.conformance.client import Answer
from tests.conformance.content import INDEX, as_json
from tests.v2.paging import next_page

TAGS = [
    "0",
    "00",
    "1.10",
    "1.9",
    "A",
    "B",
    "Z",
    "_",
    "_a",
    "a",
    "a-1",
    "a.1",
    "a1",
    "a_1",
    "aa",
    "b",
    "v1.0",
    "v1.0-rc",
    "z",
]
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def tagged(place: Place) -> Place:
    """A repository with the tags above, pushed backwards."""
    content = as_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": []})
    for tag in reversed(TAGS):
        place.registry.request("PUT", place.manifest(tag), body=content, headers={"Content-Type": INDEX}).expect(201)
    return place


def page(place: Place, query: str = "") -> tuple[list[str], str | None]:
    answer = place.registry.get(f"{place.tags}?{query}").expect(200)
    return tags_in(answer, place), next_page(answer)


def tags_in(answer: Answer, place: Place) -> list[str]:
    listed = json.loads(answer.body)
    assert listed["name"] == place.name
    return list(listed["tags"])


def test_order(tagged: Place):
    assert page(tagged) == (TAGS, None)
    assert sorted(TAGS, key=str.encode) == TAGS


@pytest.mark.parametrize("count", [1, 2, 3, len(TAGS) - 1])
def test_pages(tagged: Place, count: int):
    found: list[str] = []
    link: str | None = f"{tagged.tags}?n={count}"
    while link:
        answer = tagged.registry.get(link).expect(200)
        part, link = tags_in(answer, tagged), next_page(answer)
        assert len(part) == count or link is None
        found += part
    assert found == TAGS


@pytest.mark.parametrize("count", [len(TAGS), len(TAGS) + 1, 10_000, 10**30])
def test_page_that_holds_all(tagged: Place, count: int):
    assert page(tagged, f"n={count}") == (TAGS, None)


def test_no_entries_asked_for(tagged: Place):
    """An empty list, and no link that would never end."""
    assert page(tagged, "n=0") == ([], None)
    assert page(tagged, "n=0&last=A") == ([], None)


@SETTINGS
@given(
    last=st.one_of(st.sampled_from(TAGS), st.text(st.sampled_from("09AZ_az-."), max_size=4)), count=st.integers(1, 20)
)
def test_after_any_tag(tagged: Place, last: str, count: int):
    """The tags after ``last``, whether that is a tag or not, with ``n`` or without."""
    after = [tag for tag in TAGS if tag.encode() > last.encode()]
    assert page(tagged, f"last={quote(last)}") == (after, None)
    found, link = page(tagged, f"n={count}&last={quote(last)}")
    assert found == after[:count]
    assert (link is None) == (len(after) <= count)


@pytest.mark.parametrize("n", ["-1", "x", "1.5", "", "+1", "0x1", "%D9%A1", "1e3", "%00", "1%00"])
def test_bad_number(tagged: Place, n: str):
    tagged.registry.get(f"{tagged.tags}?n={n}").expect(400)


@pytest.mark.parametrize("last", ["%00", "a%00", "%ff%fe", "%ed%a0%80", "%F0%9F%98%80", "%27%20OR%201=1--", "a" * 3000])
def test_odd_last(tagged: Place, last: str):
    """No tag can look like that: something that sorts somewhere, or a refusal."""
    answer = tagged.registry.get(f"{tagged.tags}?last={last}").expect(200, 400)
    if answer.status == 200:
        found = tags_in(answer, tagged)
        assert found == TAGS[len(TAGS) - len(found) :]


def test_unknown_repository(place: Place):
    answer = place.registry.get(place.tags).expect(404)
    assert b'"NAME_UNKNOWN"' in answer.body


def test_repository_without_tags(place: Place):
    content = as_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": []})
    put = place.registry.request("PUT", place.manifest("tag"), body=content, headers={"Content-Type": INDEX}).expect(
        201
    )
    place.registry.request("DELETE", place.manifest("tag")).expect(202)
    assert page(place) == ([], None)
    place.registry.request("DELETE", place.manifest(put.content_digest or "")).expect(202)
    assert page(place) == ([], None)


def test_a_moved_tag_is_seen_at_once(tagged: Place):
    """By all processes, however often the list was asked for before."""
    for number in range(10):
        tag = f"new-{number}"
        assert tag not in page(tagged)[0]
        content = as_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": [], "annotations": {"n": str(number)}})
        sent = {"Content-Type": INDEX}
        put = tagged.registry.request("PUT", tagged.manifest(tag), body=content, headers=sent).expect(201)
        tagged.registry.request("PUT", tagged.manifest("moving"), body=content, headers=sent).expect(201)
        for _ in range(4):
            assert tag in page(tagged)[0]
            moved = tagged.registry.get(tagged.manifest("moving")).expect(200)
            assert moved.content_digest == put.content_digest
