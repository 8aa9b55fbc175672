"""Listing referrers: by pages, with and without a filter, never 404."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.conformance.blobs import Blob, Place, post_only
from tests.conformance.content import DataSet, Descriptor
from tests.v2.paging import next_page

TYPES = ["application/x.a", "application/x.b"]


@pytest.fixture
def subject(place: Place) -> Descriptor:
    """An image with five referrers of one type and four of another, mixed."""
    data = DataSet("referrers")
    subject = data.add_index([])
    for number in range(9):
        data.add_artifact(
            layer=b"{}", layer_type="application/x", artifactType=TYPES[number % 2], subject=subject,
            annotations={"number": str(number)},
        )  # fmt: skip
    for digest, content in data.blobs.items():
        post_only(place, Blob(digest, content)).expect(201)
    for stored in data.manifests:
        sent = {"Content-Type": stored.media_type}
        place.registry.request("PUT", place.manifest(stored.digest), body=stored.content, headers=sent).expect(201)
    return subject


def pages(place: Place, subject: Descriptor, query: str) -> list[list[dict[str, Any]]]:
    found = []
    link: str | None = f"{place.referrers(subject['digest'])}?{query}"
    while link:
        answer = place.registry.get(link).expect(200)
        filtered = "artifactType=" in query
        assert answer.header("OCI-Filters-Applied") == ("artifactType" if filtered else None)
        found.append(json.loads(answer.body)["manifests"])
        link = next_page(answer)
        assert link is None or not filtered or "artifactType=" in link
    return found


def numbers(page: list[dict[str, Any]]) -> list[int]:
    return [int(descriptor["annotations"]["number"]) for descriptor in page]


def test_all_at_once(place: Place, subject: Descriptor):
    assert [numbers(page) for page in pages(place, subject, "")] == [list(range(9))]


@pytest.mark.parametrize("count", [1, 2, 4, 9, 10])
def test_pages(place: Place, subject: Descriptor, count: int):
    """Each referrer once; no page longer than asked."""
    found = pages(place, subject, f"n={count}")
    assert [number for page in found for number in numbers(page)] == list(range(9))
    assert all(len(page) == count for page in found[:-1])


@pytest.mark.parametrize("count", [1, 2, 100])
def test_pages_of_one_type(place: Place, subject: Descriptor, count: int):
    found = pages(place, subject, f"n={count}&artifactType={quote(TYPES[1], safe='')}")
    assert [number for page in found for number in numbers(page)] == [1, 3, 5, 7]
    assert {descriptor["artifactType"] for page in found for descriptor in page} == {TYPES[1]}


@pytest.mark.parametrize(
    "artifact_type", ["application/x.c", "APPLICATION/X.A", "%00", "%ff", "a" * 3000, "%27--", "*"]
)
def test_type_that_nobody_has(place: Place, subject: Descriptor, artifact_type: str):
    address = f"{place.referrers(subject['digest'])}?artifactType={artifact_type}"
    answer = place.registry.get(address).expect(200, 400)
    assert answer.status == 400 or json.loads(answer.body)["manifests"] == []


@pytest.mark.parametrize("query", ["last=x", "last=-1", "last=%00", "last=" + "9" * 30, "n=-1", "n=x", "n=%00"])
def test_bad_page(place: Place, subject: Descriptor, query: str):
    place.registry.get(f"{place.referrers(subject['digest'])}?{query}").expect(400)


def test_more_than_one_page_holds(place: Place):
    """Without any parameter: the client follows the links."""
    data = DataSet("many")
    subject = data.add_index([])
    for number in range(205):
        data.add_index([], subject=subject, annotations={"number": str(number)})
    for stored in data.manifests:
        sent = {"Content-Type": stored.media_type}
        place.registry.request("PUT", place.manifest(stored.digest), body=stored.content, headers=sent).expect(201)
    found = pages(place, subject, "")
    assert len(found) > 1
    assert [number for page in found for number in numbers(page)] == list(range(205))


def test_same_subject_in_another_repository(place: Place, subject: Descriptor):
    other = Place(place.registry, f"{place.name}/other", place.form)
    assert pages(other, subject, "") == [[]]


def test_deleted_referrer(place: Place, subject: Descriptor):
    gone = pages(place, subject, "")[0][3]["digest"]
    place.registry.request("DELETE", place.manifest(gone)).expect(202)
    assert [numbers(page) for page in pages(place, subject, "")] == [[0, 1, 2, 4, 5, 6, 7, 8]]


def test_deleted_subject(place: Place, subject: Descriptor):
    """Its referrers are still found: a signature may come before what it signs, and stay behind it."""
    place.registry.request("DELETE", place.manifest(subject["digest"])).expect(202)
    assert [numbers(page) for page in pages(place, subject, "")] == [list(range(9))]
