"""Immutable tags: set once, then neither moved nor deleted, in whatever way it is tried."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts.actors import SYSTEM
from accounts.models import Project
from registry_api.models import ImmutableRule
from registry_api.services.immutable_rules import save_immutable_rule
from tests.conformance.blobs import Place, digest_of
from tests.conformance.client import Answer, with_query
from tests.conformance.content import INDEX, as_json
from tests.conformance.forms import DEV
from tests.support.people import People, Person, unique
from tests.support.product import Product
from tests.v2.conftest import client_of
from tests.v2.traces import nothing_stored


@pytest.fixture
def fixed(people: People, owner: Person) -> Project:
    """A project whose tags v… are immutable, in all repositories but those that begin with "free"."""
    project = people.new_project(owner)
    rule = ImmutableRule(project=project, tag_pattern="v*", repository_match="excludes", repository_pattern="free*")
    save_immutable_rule(actor=SYSTEM, rule=rule)
    return project


@pytest.fixture
def place(fixed: Project, product: Product, owner: Person) -> Place:
    return Place(client_of(product, owner), f"{fixed.name}/a", DEV)


def content(word: str) -> bytes:
    return as_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": [], "annotations": {"word": word}})


def index_of(part: bytes) -> bytes:
    listed = {"mediaType": INDEX, "digest": digest_of(part), "size": len(part)}
    return as_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": [listed]})


def push_index(place: Place, reference: str, index: bytes) -> Answer:
    return place.registry.request("PUT", place.manifest(reference), body=index, headers={"Content-Type": INDEX})


def put(place: Place, reference: str, word: str) -> Answer:
    return push_index(place, reference, content(word))


def denied(answer: Answer) -> None:
    answer.expect(403)
    assert b'"DENIED"' in answer.body and b"immutable" in answer.body


def test_first_push_sets_it(place: Place):
    put(place, "v1", "one").expect(201)
    put(place, "v1", "one").expect(201)


def test_it_cannot_be_moved(place: Place, fixed: Project):
    """Nor is the other manifest stored."""
    put(place, "v1", "one").expect(201)
    with nothing_stored(fixed):
        denied(put(place, "v1", "two"))
    assert place.registry.get(place.manifest("v1")).body == content("one")


def test_nor_to_a_manifest_that_is_there(place: Place, fixed: Project):
    put(place, "v1", "one").expect(201)
    put(place, "other", "two").expect(201)
    with nothing_stored(fixed):
        denied(put(place, "v1", "two"))


def test_nor_by_a_tag_parameter(place: Place, fixed: Project):
    """One of several: then none of them is set."""
    put(place, "v1", "one").expect(201)
    digest = digest_of(content("two"))
    with nothing_stored(fixed):
        address = with_query(place.manifest(digest), tag="fresh") + "&tag=v1"
        denied(place.registry.request("PUT", address, body=content("two"), headers={"Content-Type": INDEX}))


@pytest.mark.parametrize("by", ["tag", "digest"])
def test_it_cannot_be_deleted(place: Place, fixed: Project, by: str):
    """Deleting the digest would take the tag with it."""
    put(place, "v1", "one").expect(201)
    put(place, "other", "one").expect(201)
    with nothing_stored(fixed):
        reference = "v1" if by == "tag" else digest_of(content("one"))
        denied(place.registry.request("DELETE", place.manifest(reference)))


def test_nor_what_it_is_made_of(place: Place, fixed: Project):
    """Part of a part too; what is no part of it goes."""
    part = content("part")
    put(place, digest_of(part), "part").expect(201)
    middle = index_of(part)
    push_index(place, digest_of(middle), middle).expect(201)
    push_index(place, "v1", index_of(middle)).expect(201)
    for each in (part, middle):
        with nothing_stored(fixed):
            denied(place.registry.request("DELETE", place.manifest(digest_of(each))))
    put(place, digest_of(content("other")), "other").expect(201)
    place.registry.request("DELETE", place.manifest(digest_of(content("other")))).expect(202)
    ImmutableRule.objects.filter(project=fixed).delete()
    place.registry.request("DELETE", place.manifest(digest_of(part))).expect(202)


def test_others_are_free(place: Place, fixed: Project):
    """Other tags, and repositories that the rule leaves out."""
    for word in ("one", "two"):
        put(place, "latest", word).expect(201)
        put(Place(place.registry, f"{fixed.name}/free-a", DEV), "v1", word).expect(201)
    place.registry.request("DELETE", place.manifest("latest")).expect(202)
    place.registry.request("DELETE", place.manifest(digest_of(content("one")))).expect(202)


def test_a_rule_that_is_switched_off(place: Place, fixed: Project):
    put(place, "v1", "one").expect(201)
    rule = ImmutableRule.objects.get(project=fixed)
    rule.disabled = True
    save_immutable_rule(actor=SYSTEM, rule=rule)
    put(place, "v1", "two").expect(201)


def test_of_many_first_pushes_one_wins(product: Product, owner: Person, fixed: Project):
    """The others are denied, and what the tag points at is what its winner pushed."""
    name, words = f"{fixed.name}/{unique('race')}", [unique("word") for _ in range(12)]

    def first(word: str) -> int:
        return put(Place(client_of(product, owner), name, DEV), "v1", word).status

    with ThreadPoolExecutor(len(words)) as pool:
        statuses = list(pool.map(first, words))
    assert sorted(statuses) == [201] + [403] * 11
    found = client_of(product, owner).get(f"/v2/{name}/manifests/v1").expect(200)
    assert found.body == content(words[statuses.index(201)])
