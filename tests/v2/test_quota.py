"""Project quota: a limit that holds under parallel pushes, counts each blob once, and is given back by deletes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import requests
from django.db import connection, transaction

from accounts.models import Project
from registry_api.selectors.repositories import find_repository
from registry_api.services.quota import add_usage, quota_of
from tests.conformance.blobs import Blob, Place, post_only, post_put, random_blob, send_chunk, start
from tests.conformance.client import Answer, with_query
from tests.conformance.content import INDEX, DataSet, as_json
from tests.conformance.data_sets import build
from tests.conformance.forms import DEV
from tests.conformance.steps import delete, push
from tests.support.people import People, Person, unique
from tests.support.product import Product
from tests.v2.conftest import client_of
from tests.v2.traces import nothing_stored

SIZE = 50_000
PARALLEL = 20
Limited = Callable[[int], tuple[Project, Place]]


@pytest.fixture
def limited(people: People, product: Product, owner: Person) -> Limited:
    """A new project with a limit, and a repository in it."""

    def make(limit: int) -> tuple[Project, Place]:
        project = people.new_project(owner, storage_limit=limit)
        return project, Place(client_of(product, owner), f"{project.name}/a", DEV)

    return make


def denied(answer: Answer) -> None:
    """In words that say how much is missing, as Harbor's do."""
    answer.expect(403)
    assert b'"DENIED"' in answer.body
    assert b"will exceed the configured upper limit" in answer.body


def used(project: Project) -> int:
    return quota_of(project.id).used


def test_up_to_the_limit(limited: Limited):
    """The last byte fits, one more does not."""
    project, place = limited(2 * SIZE)
    post_put(place, random_blob(SIZE)).expect(201)
    with nothing_stored(project):
        denied(post_only(place, random_blob(SIZE + 1)))
    post_put(place, random_blob(SIZE)).expect(201)
    assert used(project) == 2 * SIZE
    with nothing_stored(project):
        denied(post_only(place, random_blob(1)))


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("has_length", [True, False])
def test_beyond_the_limit(limited: Limited, method: str, has_length: bool):
    """Noticed while the bytes come, not only at the end: nothing of them is counted, and no blob is there."""
    project, place = limited(SIZE)
    blob = random_blob(4 * SIZE)
    location = start(place)
    address = with_query(location, digest=blob.digest) if method == "PUT" else location
    body = blob.content if has_length else iter([blob.content])
    denied(place.registry.request(method, address, body=body))
    place.registry.head(place.blob(blob.digest)).expect(404)
    assert used(project) == 0
    assert place.registry.get(location).expect(204).header("Range") == "0-0"


def test_endless_body(limited: Limited, owner: Person):
    """A body without a length is cut off at the limit, whatever it would have become."""
    _, place = limited(SIZE)
    location = start(place)
    place.registry.get(location).expect(204)
    pieces = (b"x" * 65536 for _ in range(200))
    try:
        denied(place.registry.request("PATCH", location, body=pieces))
    except requests.ConnectionError:  # refused, and closed while we were still sending
        pass
    told = place.registry.get(location).expect(204).header("Range") or ""
    assert int(told.removeprefix("0-")) <= SIZE


def test_manifests_count(limited: Limited):
    content = as_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": []})
    project, place = limited(len(content))
    sent = {"Content-Type": INDEX}
    for tag in ("one", "two", "one"):
        place.registry.request("PUT", place.manifest(tag), body=content, headers=sent).expect(201)
    assert used(project) == len(content)
    with nothing_stored(project):
        denied(place.registry.request("PUT", place.manifest("other"), body=content + b" ", headers=sent))


def test_each_blob_once(limited: Limited):
    """However often it is pushed or mounted within the project."""
    project, place = limited(2 * SIZE - 1)
    other = Place(place.registry, f"{project.name}/b", DEV)
    third = Place(place.registry, f"{project.name}/c", DEV)
    blob = random_blob(SIZE)
    for _ in range(3):
        post_put(place, blob).expect(201)
    post_put(other, blob).expect(201)
    place.registry.request("POST", with_query(third.uploads, mount=blob.digest, **{"from": place.name})).expect(201)
    assert used(project) == SIZE


def test_mount_from_another_project_counts(limited: Limited, place: Place):
    project, target = limited(SIZE - 1)
    blob = random_blob(SIZE)
    post_put(place, blob).expect(201)
    with nothing_stored(project):
        mount = with_query(target.uploads, mount=blob.digest, **{"from": place.name})
        denied(target.registry.request("POST", mount))


def test_layers_from_elsewhere_do_not_count(limited: Limited):
    project, place = limited(20_000)
    push(place, build("non-distributable-layers"))
    assert 0 < used(project) < 20_000


@pytest.mark.parametrize("name", ["image", "index", "artifacts-with-subject"])
def test_deleted_content_is_given_back(limited: Limited, name: str):
    project, place = limited(1_000_000)
    data = build(name)
    push(place, data)
    assert used(project) == sum(map(len, data.blobs.values())) + sum(len(each.content) for each in data.manifests)
    delete(place, data)
    assert used(project) == 0


def test_blob_of_two_repositories_is_given_back_by_the_second(limited: Limited):
    project, place = limited(SIZE)
    other = Place(place.registry, f"{project.name}/b", DEV)
    blob = random_blob(SIZE)
    for each in (place, other):
        post_put(each, blob).expect(201)
    place.registry.request("DELETE", place.blob(blob.digest)).expect(202)
    assert used(project) == SIZE
    other.registry.request("DELETE", other.blob(blob.digest)).expect(202)
    assert used(project) == 0


def in_parallel(
    product: Product, owner: Person, names: list[str], work: Callable[[Place, int], Answer]
) -> list[Answer]:
    """The same work for each name at once, each with a connection and token of its own."""

    def one(number: int) -> Answer:
        place = Place(client_of(product, owner), names[number], DEV)
        place.registry.get(place.tags)
        return work(place, number)

    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(one, range(len(names))))


def test_twenty_parallel_pushes(limited: Limited, product: Product, owner: Person):
    """Exactly as many are taken as there is room for, and what is counted is what is there."""
    project, _ = limited(10 * SIZE)
    blobs = [random_blob(SIZE) for _ in range(PARALLEL)]
    names = [f"{project.name}/r{number % 3}" for number in range(PARALLEL)]
    answers = in_parallel(product, owner, names, lambda place, number: post_only(place, blobs[number]))
    assert sorted(answer.status for answer in answers) == [201] * 10 + [403] * 10
    assert used(project) == 10 * SIZE


def test_twenty_parallel_pushes_of_whole_images(limited: Limited, product: Product, owner: Person):
    """With room for all of them all come through, and the sum is right to the byte."""
    project, _ = limited(100_000_000)
    images = []
    for _ in range(PARALLEL):
        data = DataSet("image")
        data.tag(unique("tag"), data.add_image(layers=1))
        images.append(data)

    def push_one(place: Place, number: int) -> Answer:
        for digest, content in images[number].blobs.items():
            post_only(place, Blob(digest, content)).expect(201)
        stored = images[number].manifests[0]
        sent = {"Content-Type": stored.media_type}
        return place.registry.request("PUT", place.manifest("latest"), body=stored.content, headers=sent)

    answers = in_parallel(product, owner, [f"{project.name}/a"] * PARALLEL, push_one)
    assert {answer.status for answer in answers} == {201}
    expected = sum(len(content) for data in images for content in data.blobs.values())
    assert used(project) == expected + sum(len(data.manifests[0].content) for data in images)


def test_same_blob_twenty_times_at_once(limited: Limited, product: Product, owner: Person):
    project, _ = limited(SIZE)
    blob = random_blob(SIZE)
    names = [f"{project.name}/r{number % 2}" for number in range(PARALLEL)]
    answers = in_parallel(product, owner, names, lambda place, _: post_only(place, blob))
    assert used(project) == SIZE
    # Those that arrived before the first was counted may have been told that there is no room for a second.
    assert {answer.status for answer in answers} <= {201, 403}
    assert [answer.status for answer in answers].count(201) >= 1


def test_no_push_waits_for_another_ones_transaction(limited: Limited):
    """Far from the limit: a transaction of the same project that does not end holds nobody up. SQLite has one writer
    at a time, whatever it writes, so that there only the order is left to see."""
    project, place = limited(10 << 30)
    post_put(place, random_blob(1)).expect(201)
    with ExitStack() as open_transaction:
        if connection.vendor == "postgresql":
            open_transaction.enter_context(transaction.atomic())
        row = find_repository(place.name)
        assert row
        add_usage(row, 5)
        post_put(place, random_blob(SIZE)).expect(201)
        push(place, build("image"))
    assert used(project) > SIZE + 5


def test_session_beyond_the_limit_goes_on_once_there_is_room(limited: Limited):
    project, place = limited(SIZE)
    first, second = random_blob(SIZE), random_blob(SIZE)
    post_put(place, first).expect(201)
    location = start(place)
    denied(send_chunk(place, location, second.content, 0))
    place.registry.request("DELETE", place.blob(first.digest)).expect(202)
    told = place.registry.get(location).expect(204).header("Range") or ""
    assert told == "0-0"
    send_chunk(place, location, second.content, 0).expect(202)
    place.registry.request("PUT", with_query(location, digest=second.digest)).expect(201)
    assert used(project) == SIZE
