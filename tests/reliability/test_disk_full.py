"""A disk without room: a clear answer, nothing half-written to be seen, and everything goes on once there is room."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from accounts.models import Project
from registry_api.models import UploadSession
from tests.conformance.blobs import Blob, Place, check_pull, finish, post_only, random_blob, send_chunk, start
from tests.conformance.client import Answer
from tests.conformance.data_sets import build
from tests.conformance.steps import delete, look, pull, push
from tests.reliability.places import offset_of, owned_place
from tests.support.people import Person
from tests.support.product import Product

pytestmark = pytest.mark.slow
ROOM = 16 << 20


class SmallRoom(Product):
    """A web part whose blobs are on a file system of 16 MiB that only its own processes see mounted."""

    @property
    def room(self) -> Path:
        return self.folder / "room"

    @property
    def inside(self) -> Path:
        """The same folder as those processes see it."""
        return Path(f"/proc/{self.pid}/root{self.room}")

    def fill(self, left: int) -> None:
        """Takes all room but ``left`` bytes."""
        free = os.statvfs(self.inside)
        with (self.inside / "ballast").open("wb") as ballast:
            ballast.write(b"\0" * (free.f_bavail * free.f_frsize - left))

    def empty(self) -> None:
        (self.inside / "ballast").unlink()

    def _settings(self) -> dict[str, str]:
        return super()._settings() | {"PORTOLAN_STORAGE_ROOT": str(self.room)}

    def _web(self) -> list[str]:
        self.room.mkdir(parents=True)
        alone = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
        mount = f"mount -t tmpfs -o size={ROOM} none {self.room}"
        return [*alone, "sh", "-c", f'{mount} && exec "$@"', "sh", *super()._web()]


@pytest.fixture(scope="module")
def small(admin: Person) -> Iterator[SmallRoom]:
    product = SmallRoom(admin, {}, whole=False)
    product.start()
    yield product
    product.stop()


@pytest.fixture
def place(small: SmallRoom, project: Project, owner: Person) -> Place:
    return owned_place(small, project, owner)


def full(answer: Answer) -> None:
    """A server's trouble, not the client's; and when to come again."""
    answer.expect(503, 507)
    assert b'"UNAVAILABLE"' in answer.body
    assert int(answer.header("Retry-After") or "0") > 0


def test_whole_blob(small: SmallRoom, place: Place, project: Project):
    """Refused; what it had written is given back at once."""
    small.fill(left=1 << 20)
    blob = random_blob(4 << 20)
    full(post_only(place, blob))
    place.registry.head(place.blob(blob.digest)).expect(404)
    post_only(place, random_blob(900_000)).expect(201)
    small.empty()
    post_only(place, blob).expect(201)
    check_pull(place, blob)
    place.registry.request("DELETE", place.blob(blob.digest)).expect(202)


def test_chunk(small: SmallRoom, place: Place):
    """The session stands where it stood, or a little further, and goes on once there is room."""
    blob = random_blob(3 << 20)
    first = 1 << 20
    location = send_chunk(place, start(place), blob.content[:first], 0).expect(202).location
    small.fill(left=256 << 10)
    full(send_chunk(place, location, blob.content[first:], first))
    at = offset_of(place, location)
    assert first <= at <= first + (256 << 10)
    full(finish(place, location, blob.digest, blob.content[at:], at))
    assert offset_of(place, location) >= first
    small.empty()
    at = offset_of(place, location)
    finish(place, location, blob.digest, blob.content[at:], at).expect(201)
    check_pull(place, blob)


def test_body_without_a_length(small: SmallRoom, place: Place):
    small.fill(left=256 << 10)
    location = start(place)
    pieces = (b"x" * 65536 for _ in range(64))
    try:
        full(place.registry.request("PATCH", location, body=pieces))
    except requests.ConnectionError:  # refused, and closed while we were still sending
        pass
    small.empty()
    assert offset_of(place, location) <= 256 << 10
    place.registry.request("DELETE", location).expect(204)


def test_everything_else_goes_on(small: SmallRoom, place: Place):
    """Pulls and deletes, and what is written to the database alone."""
    data = build("artifacts-with-subject")
    push(place, data)
    small.fill(left=0)
    look(place, data)
    pull(place, data)
    stored = data.manifests[0]
    sent = {"Content-Type": stored.media_type}
    place.registry.request("PUT", place.manifest("retag"), body=stored.content, headers=sent).expect(201)
    place.registry.request("DELETE", place.manifest("retag")).expect(202)
    delete(place, data)
    small.empty()


def test_many_at_once(small: SmallRoom, project: Project, owner: Person):
    """Those that fit are there, the others are refused, and every blob that is told of has its bytes."""
    small.fill(left=4 << 20)
    blobs = [random_blob(1 << 20) for _ in range(12)]

    def one(blob: Blob) -> tuple[Place, Blob, Answer]:
        place = owned_place(small, project, owner)
        place.registry.get(place.tags)
        return place, blob, post_only(place, blob)

    with ThreadPoolExecutor(len(blobs)) as pool:
        done = list(pool.map(one, blobs))
    for place, blob, answer in done:
        if answer.status == 201:
            check_pull(place, blob)
        else:
            full(answer)
            place.registry.head(place.blob(blob.digest)).expect(404)
    assert any(answer.status == 201 for _, _, answer in done)
    assert any(answer.status != 201 for _, _, answer in done)
    small.empty()


def test_nothing_is_left_of_what_was_refused(small: SmallRoom, project: Project, owner: Person):
    """Neither sessions that nobody knows, nor their files."""
    place = owned_place(small, project, owner)
    small.fill(left=1 << 20)
    before = UploadSession.objects.filter(project=project).count()
    for _ in range(5):
        full(post_only(place, random_blob(2 << 20)))
    assert UploadSession.objects.filter(project=project).count() == before
    free = os.statvfs(small.inside)
    assert free.f_bavail * free.f_frsize >= 900_000
    small.empty()
