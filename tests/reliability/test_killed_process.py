"""kill -9 in the middle of a request: what was acknowledged is there, what was not is nowhere, and clients go on."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from accounts.models import Project
from tests.conformance.blobs import Blob, Place, check_pull, finish, post_only, random_blob, send_chunk, start
from tests.conformance.content import INDEX, DataSet, as_json
from tests.conformance.data_sets import build
from tests.conformance.steps import check_manifest, list_tags, look, pull, push
from tests.reliability.places import offset_of, owned_place, path_of, resume, uploaded_bytes, verify
from tests.support.people import Person, unique
from tests.support.processes import answers
from tests.support.product import Product
from tests.support.until import wait_until
from tests.v2.raw import Wire, basic, chunk

pytestmark = pytest.mark.slow
SIZE = 4 << 20
HALF = SIZE // 2


@pytest.fixture
def place(mortal: Product, project: Project, owner: Person) -> Place:
    return owned_place(mortal, project, owner)


@pytest.fixture
def blob() -> Blob:
    return random_blob(SIZE)


def workers_of(product: Product) -> set[int]:
    """The processes that serve; gunicorn's arbiter is their parent."""
    return {int(pid) for pid in Path(f"/proc/{product.pid}/task/{product.pid}/children").read_text().split()}


def kill_workers(product: Product) -> None:
    """All of them at once, and waits for those that the arbiter puts in their place."""
    killed = workers_of(product)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(workers_of(product) - killed) == len(killed), "new workers")
    wait_until(lambda: answers(product.port, "/v2/"), "an answer")


@contextmanager
def killed_in_the_middle(
    product: Product, place: Place, owner: Person, method: str, target: str, body: bytes, *, chunked: bool = False
) -> Iterator[Wire]:
    """Half of the body is sent; inside the block it is to be seen arriving, after it all workers are dead."""
    with Wire(product) as wire:
        # From now on the connection is a worker's, and not one that still waits to be accepted.
        assert wire.request("GET", "/v2/", basic(owner)).status == 200
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
        wire.begin(method, target, basic(owner), f"Content-Type: {INDEX}", framing)
        half = body[: len(body) // 2]
        wire.send(chunk(half) if chunked else half)
        yield wire
        kill_workers(product)
        with pytest.raises(ConnectionError):
            wire.reply()


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_patch(mortal: Product, place: Place, owner: Person, blob: Blob, chunked: bool):
    location = start(place)
    with killed_in_the_middle(mortal, place, owner, "PATCH", path_of(location), blob.content, chunked=chunked):
        wait_until(lambda: uploaded_bytes(location) > 0, "bytes of it on the disk")
    assert offset_of(place, location) <= HALF
    resume(place, location, blob)


def test_second_patch(mortal: Product, place: Place, owner: Person, blob: Blob):
    """The first was acknowledged: it is not lost with the second."""
    location = send_chunk(place, start(place), blob.content[:1_000_000], 0).expect(202).location
    with killed_in_the_middle(mortal, place, owner, "PATCH", path_of(location), blob.content[1_000_000:]):
        wait_until(lambda: uploaded_bytes(location) > 1_000_000, "more bytes on the disk")
    assert 1_000_000 <= offset_of(place, location) <= 1_000_000 + (SIZE - 1_000_000) // 2
    resume(place, location, blob)


def test_put(mortal: Product, place: Place, owner: Person, blob: Blob):
    location = start(place)
    target = f"{path_of(location)}?digest={blob.digest}"
    with killed_in_the_middle(mortal, place, owner, "PUT", target, blob.content):
        wait_until(lambda: uploaded_bytes(location) > 0, "bytes of it on the disk")
    place.registry.head(place.blob(blob.digest)).expect(404)
    resume(place, location, blob)


def test_put_behind_a_patch(mortal: Product, place: Place, owner: Person, blob: Blob):
    location = send_chunk(place, start(place), blob.content[:HALF], 0).expect(202).location
    target = f"{path_of(location)}?digest={blob.digest}"
    with killed_in_the_middle(mortal, place, owner, "PUT", target, blob.content[HALF:]):
        wait_until(lambda: uploaded_bytes(location) > HALF, "more bytes on the disk")
    place.registry.head(place.blob(blob.digest)).expect(404)
    assert offset_of(place, location) >= HALF
    resume(place, location, blob)


def test_whole_blob(mortal: Product, place: Place, owner: Person, blob: Blob):
    """The client has no session to go on with; it begins again."""
    target = f"{place.uploads}?digest={blob.digest}"
    with killed_in_the_middle(mortal, place, owner, "POST", target, blob.content):
        pass
    place.registry.head(place.blob(blob.digest)).expect(404)
    post_only(place, blob).expect(201)
    check_pull(place, blob)


def test_manifest(mortal: Product, place: Place, owner: Person):
    content = as_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": [], "annotations": {"a": "b" * 100_000}})
    with killed_in_the_middle(mortal, place, owner, "PUT", place.manifest("tag"), content):
        pass
    place.registry.head(place.manifest("tag")).expect(404)
    place.registry.request("PUT", place.manifest("tag"), body=content, headers={"Content-Type": INDEX}).expect(201)


def test_power_cut(mortal: Product, place: Place, project: Project, owner: Person, blob: Blob):
    """All processes at once. Content and sessions are there after the next start, and nothing else is."""
    data = build("index")
    push(place, data)
    location = send_chunk(place, start(place), blob.content[:HALF], 0).expect(202).location
    with Wire(mortal) as wire:
        wire.begin("PATCH", path_of(location), basic(owner), f"Content-Length: {HALF}")
        wire.send(blob.content[HALF : HALF + 1000])
        mortal.kill()
    mortal.start()
    for step in (list_tags, look, pull):
        step(place, data)
    assert offset_of(place, location) >= HALF
    resume(place, location, blob)
    verify(project)


class Pusher:
    """Pushes images one after the other, whatever happens, and remembers those that were acknowledged."""

    def __init__(self, place: Place, stop: threading.Event) -> None:
        self.place = place
        self.acknowledged: list[DataSet] = []
        self._stop = stop

    def run(self) -> None:
        while not self._stop.is_set():
            data = DataSet("image")
            data.tag(unique("tag"), data.add_image(layers=2))
            try:
                if self._push(data):
                    self.acknowledged.append(data)
            except (requests.RequestException, ConnectionError):
                pass

    def _push(self, data: DataSet) -> bool:
        for digest, content in data.blobs.items():
            answer = self.place.registry.request("POST", self.place.uploads)
            if answer.status != 202 or finish(self.place, answer.location, digest, content).status != 201:
                return False
        stored, sent = data.manifests[0], {"Content-Type": data.manifests[0].media_type}
        tag = self.place.manifest(next(iter(data.tags)))
        return self.place.registry.request("PUT", tag, body=stored.content, headers=sent).status == 201


def acknowledged(pushers: list[Pusher]) -> int:
    return sum(len(pusher.acknowledged) for pusher in pushers)


def test_acknowledged_pushes_survive(mortal: Product, project: Project, owner: Person):
    """Six clients push while all workers are killed, again and again."""
    stop = threading.Event()
    pushers = [Pusher(owned_place(mortal, project, owner), stop) for _ in range(6)]
    with ThreadPoolExecutor(len(pushers)) as pool:
        running = [pool.submit(pusher.run) for pusher in pushers]
        try:
            for _ in range(6):
                wanted = acknowledged(pushers) + 5
                wait_until(lambda wanted=wanted: acknowledged(pushers) >= wanted, "pushes")
                kill_workers(mortal)
        finally:
            stop.set()
        for each in running:
            each.result()
    for pusher in pushers:
        for data in pusher.acknowledged:
            tag = pusher.place.manifest(next(iter(data.tags)))
            check_manifest(pusher.place, pusher.place.registry.get(tag), data.manifests[0])
            for digest, content in data.blobs.items():
                check_pull(pusher.place, Blob(digest, content))
    verify(project)
