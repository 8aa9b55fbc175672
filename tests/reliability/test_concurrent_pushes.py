"""Many clients on the same thing at once: nobody gets an answer that is not true afterwards, and nobody a fault."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import Project
from registry_api.models import Blob as BlobRow
from registry_api.models import Manifest, Repository, RepositoryBlob, Tag, TagEvent
from registry_api.services.pulls import record_pulls
from tests.conformance.blobs import (
    PUSHES,
    Blob,
    Place,
    check_pull,
    digest_of,
    finish,
    post_only,
    random_blob,
    send_chunk,
    start,
)
from tests.conformance.client import Answer, Registry, with_query
from tests.conformance.content import INDEX, DataSet, Stored, as_json
from tests.conformance.steps import ACCEPT
from tests.reliability.places import offset_of, owned_place, verify
from tests.support.people import Person
from tests.support.product import Product

pytestmark = pytest.mark.slow

CLIENTS = 8
ROUNDS = 12


class Crowd:
    """Clients that have their tokens, as many as a test has needed."""

    def __init__(self, owner: Person) -> None:
        self._owner = owner
        self._clients: list[Registry] = []
        self._warm: set[tuple[str, int]] = set()

    def __call__(self, place: Place, works: list[Callable[[Place], Answer]]) -> list[Answer]:
        """Each work by a client of its own, and all begin together."""
        ready = Barrier(len(works))
        places = [self._place_of(number, place) for number in range(len(works))]

        def one(work: Callable[[Place], Answer], mine: Place) -> Answer:
            ready.wait()
            return work(mine)

        with ThreadPoolExecutor(len(works)) as pool:
            return list(pool.map(one, works, places))

    def _place_of(self, number: int, place: Place) -> Place:
        if number == len(self._clients):
            self._clients.append(Registry(place.registry.url, self._owner.username, self._owner.password))
        mine = Place(self._clients[number], place.name, place.form)
        if (place.name, number) not in self._warm:
            warm_up(mine)
            self._warm.add((place.name, number))
        return mine


@pytest.fixture
def at_once(owner: Person) -> Crowd:
    return Crowd(owner)


def warm_up(place: Place) -> None:
    """Tokens to pull, to push and to delete."""
    registry = place.registry
    registry.get(place.tags)
    registry.request("DELETE", start(place))
    registry.request("DELETE", place.manifest("nothing"))


def index(word: str, children: list[dict[str, object]] | None = None) -> Stored:
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": children or [], "annotations": {"word": word}}
    content = as_json(document)
    return Stored(digest_of(content), content, INDEX)


def put(stored: Stored, reference: str, **parameters: str) -> Callable[[Place], Answer]:
    def work(place: Place) -> Answer:
        address = with_query(place.manifest(reference), **parameters) if parameters else place.manifest(reference)
        sent = {"Content-Type": stored.media_type}
        return place.registry.request("PUT", address, body=stored.content, headers=sent)

    return work


def remove(address: str) -> Callable[[Place], Answer]:
    return lambda place: place.registry.request("DELETE", address)


def post(address: str) -> Callable[[Place], Answer]:
    return lambda place: place.registry.request("POST", address)


def end(location: str, blob: Blob, body: bytes | None = None) -> Callable[[Place], Answer]:
    return lambda place: finish(place, location, blob.digest, body, 0 if body else None)


def no_fault(answers: list[Answer]) -> None:
    for answer in answers:
        assert answer.status < 500, f"{answer}: {answer.body!r}"


@pytest.mark.parametrize("size", [10, 100_000, 3 << 20])
def test_same_blob(place: Place, at_once: Crowd, size: int):
    """In every way there is: each is told that it is there, and it is there once."""
    blob = random_blob(size)
    works = [lambda place, way=way: way(place, blob) for way in PUSHES.values()]
    answers = at_once(place, works)
    assert {answer.status for answer in answers} == {201}
    check_pull(place, blob)
    assert BlobRow.objects.filter(digest=blob.digest).count() == 1
    assert RepositoryBlob.objects.filter(repository__name=place.name).count() == 1


def test_same_blob_into_many_repositories(product: Product, project: Project, owner: Person, at_once: Crowd):
    blob = random_blob(100_000)
    places = [owned_place(product, project, owner) for _ in range(CLIENTS)]
    works = [lambda _, place=place: post_only(place, blob) for place in places]
    assert {answer.status for answer in at_once(places[0], works)} == {201}
    for place in places:
        check_pull(place, blob)


def test_first_pushes_of_a_repository(place: Place, at_once: Crowd):
    """Everybody makes it, and it is made once."""
    manifests = [index(f"first {number}") for number in range(CLIENTS)]
    answers = at_once(place, [put(stored, f"t{number}") for number, stored in enumerate(manifests)])
    assert {answer.status for answer in answers} == {201}
    for number, stored in enumerate(manifests):
        assert place.registry.get(place.manifest(f"t{number}")).expect(200).body == stored.content


def test_same_manifest(place: Place, at_once: Crowd):
    stored = index("same")
    assert {answer.status for answer in at_once(place, [put(stored, "same")] * CLIENTS)} == {201}
    assert Manifest.objects.filter(repository__name=place.name).count() == 1


def test_same_tag(place: Place, at_once: Crowd):
    """The last one wins, whoever that is; what the record says last is what the tag says."""
    for turn in range(ROUNDS):
        manifests = [index(f"{turn} {number}") for number in range(CLIENTS)]
        answers = at_once(place, [put(stored, "latest") for stored in manifests])
        assert {answer.status for answer in answers} == {201}
        found = place.registry.get(place.manifest("latest")).expect(200)
        assert found.body in [stored.content for stored in manifests]
        tag = Tag.objects.select_related("manifest").get(repository__name=place.name, name="latest")
        assert tag.manifest.digest == found.content_digest
        last = TagEvent.objects.filter(repository__name=place.name, name="latest").order_by("-id").first()
        assert last is not None and last.digest == tag.manifest.digest


def test_same_tags_in_other_orders(place: Place, at_once: Crowd):
    """Pushes that set several tags each, in opposite orders, do not wait for each other in a ring."""
    tags = [f"t{number}" for number in range(10)]
    for turn in range(ROUNDS):
        works = []
        for number in range(CLIENTS):
            stored = index(f"{turn} {number}")
            order = random.sample(tags, len(tags))
            works.append(tagged(stored, order))
        assert {answer.status for answer in at_once(place, works)} == {201}


def tagged(stored: Stored, tags: list[str]) -> Callable[[Place], Answer]:
    def work(place: Place) -> Answer:
        address = f"{place.manifest(stored.digest)}?{'&'.join(f'tag={tag}' for tag in tags)}"
        sent = {"Content-Type": stored.media_type}
        return place.registry.request("PUT", address, body=stored.content, headers=sent)

    return work


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_same_session(place: Place, at_once: Crowd, chunked: bool):
    """One writer at a time: the others are turned away, and no byte is taken twice."""
    blob = random_blob(400_000)
    part = blob.content[:200_000]

    def write(location: str) -> Callable[[Place], Answer]:
        def work(place: Place) -> Answer:
            sent = {"Content-Range": f"0-{len(part) - 1}"}
            return place.registry.request("PATCH", location, body=iter([part]) if chunked else part, headers=sent)

        return work

    for _ in range(ROUNDS):
        location = start(place)
        answers = at_once(place, [write(location)] * 4)
        statuses = sorted(answer.status for answer in answers)
        assert statuses[0] == 202 and set(statuses[1:]) <= {416, 429}, statuses
        assert offset_of(place, location) == len(part)
        finish(place, location, blob.digest, blob.content[len(part) :], len(part)).expect(201)
        check_pull(place, blob)
        place.registry.request("DELETE", place.blob(blob.digest)).expect(202)


def test_same_end(place: Place, at_once: Crowd):
    """Of several PUTs one makes the blob; for the others the session is taken, or gone."""
    for _ in range(ROUNDS):
        blob = random_blob(100_000)
        location = send_chunk(place, start(place), blob.content, 0).expect(202).location
        answers = at_once(place, [end(location, blob)] * 4)
        statuses = sorted(answer.status for answer in answers)
        assert statuses[0] == 201 and set(statuses) <= {201, 404, 429}, statuses
        check_pull(place, blob)


def test_cancel_while_writing(place: Place, at_once: Crowd):
    """Either the bytes are in a blob or nothing of them is anywhere."""
    for _ in range(ROUNDS):
        blob = random_blob(300_000)
        location = start(place)
        works = [end(location, blob, blob.content), remove(location)]
        written, cancelled = at_once(place, works)
        no_fault([written, cancelled])
        if written.status == 201:
            check_pull(place, blob)
        else:
            place.registry.head(place.blob(blob.digest)).expect(404)
            place.registry.get(location).expect(404)


def test_manifest_against_delete_of_its_blob(place: Place, at_once: Crowd, project: Project):
    """A manifest that was taken has all that it names, whoever came first."""
    for _ in range(ROUNDS):
        data = DataSet("race")
        data.add_image(layers=1)
        for digest, content in data.blobs.items():
            post_only(place, Blob(digest, content)).expect(201)
        victim = random.choice(list(data.blobs))
        stored = data.manifests[0]
        works = [put(stored, "image"), remove(place.blob(victim))] * 2
        no_fault(at_once(place, works))
        if place.registry.head(place.manifest(stored.digest), headers=ACCEPT).status == 200:
            for digest, content in data.blobs.items():
                check_pull(place, Blob(digest, content))
    verify(project)


def test_index_against_delete_of_its_child(place: Place, at_once: Crowd):
    for turn in range(ROUNDS):
        child = index(f"child {turn}")
        put(child, child.digest)(place).expect(201)
        described = {"mediaType": INDEX, "digest": child.digest, "size": len(child.content)}
        parent = index(f"parent {turn}", [described])
        works = [put(parent, "parent"), remove(place.manifest(child.digest))] * 2
        answers = at_once(place, works)
        no_fault(answers)
        for answer in answers:
            if answer.method == "PUT" and answer.status == 404:
                assert json.loads(answer.body)["errors"][0]["code"] == "MANIFEST_BLOB_UNKNOWN"


def test_tag_against_delete_of_its_manifest(place: Place, at_once: Crowd):
    """A tag never points at nothing."""
    for turn in range(ROUNDS):
        stored = index(f"tagged {turn}")
        put(stored, "old")(place).expect(201)
        works = [
            put(stored, "new"),
            put(stored, "old"),
            remove(place.manifest(stored.digest)),
            remove(place.manifest("old")),
        ]
        no_fault(at_once(place, works))
        listed = json.loads(place.registry.get(place.tags).expect(200).body)["tags"]
        for tag in listed:
            place.registry.get(place.manifest(tag), headers=ACCEPT).expect(200)
        for tag in {"old", "new"} - set(listed):
            place.registry.get(place.manifest(tag), headers=ACCEPT).expect(404)


def test_mount_against_delete_of_its_source(place: Place, at_once: Crowd):
    """Mounted is mounted; not mounted is an upload."""
    other = Place(place.registry, f"{place.name}/other", place.form)
    for _ in range(ROUNDS):
        blob = random_blob(1000)
        post_only(place, blob).expect(201)
        mount = with_query(other.uploads, mount=blob.digest, **{"from": place.name})
        works = [post(mount), remove(place.blob(blob.digest))]
        mounted, deleted = at_once(place, works)
        no_fault([mounted, deleted])
        if mounted.status == 201:
            check_pull(other, blob)
        else:
            other.registry.head(other.blob(blob.digest)).expect(404)


def test_pushes_pulls_and_deletes_against_counting(place: Place, at_once: Crowd):
    """Pull counts are written beside everything else that touches the same rows, and nobody waits in a ring."""
    manifests = [index(f"counted {number}") for number in range(4)]
    for number, stored in enumerate(manifests):
        put(stored, f"t{number}")(place).expect(201)
    stop = Event()
    with ThreadPoolExecutor(2) as pool:
        counting = [pool.submit(count_pulls, place, stop) for _ in range(2)]
        try:
            for _ in range(ROUNDS):
                # So that each push has to note when it was.
                Repository.objects.filter(name=place.name).update(push_time=timezone.now() - timedelta(hours=1))
                works = [put(stored, f"t{number}") for number, stored in enumerate(manifests)]
                works += [put(manifests[0], "t1"), remove(place.manifest(manifests[3].digest))]
                no_fault(at_once(place, [*works, remove(place.manifest("t2"))]))
        finally:
            stop.set()
        assert all(each.result() > 0 for each in counting)


def count_pulls(place: Place, stop: Event) -> int:
    """As the flushing thread of a process does, without its pauses; how often."""
    times = 0
    try:
        while not stop.is_set() or not times:
            tags = Tag.objects.filter(repository__name=place.name)
            rows = [(*row, "ann") for row in tags.values_list("repository_id", "manifest_id", "name")]
            record_pulls(dict.fromkeys(rows[::-1], 1))
            times += 1
    finally:
        connections.close_all()
    return times
