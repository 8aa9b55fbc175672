"""Our own side of a copy: what is pushed to it is taken like any push, and what is wrong is told like a registry's."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from accounts.actors import SYSTEM
from accounts.models import Project
from audit.models import AuditLog
from jobs.models import BlobTurn, Execution, Status, Task, Trigger
from jobs.replication.ours.registry import OurRegistry
from jobs.replication.ours.repository import OurRepository
from registry_api.models import ImmutableRule, UploadSession
from registry_api.remotes.contract import Manifest, Readable, Source
from registry_api.remotes.errors import BadAnswer, NotThere, Refused, Throttled, Unreachable
from registry_api.services.immutable_rules import save_immutable_rule
from tests.support.people import People, unique
from tests.support.registry import Registry, digest_of, random_image

CONTENT = os.urandom(300_000)
DIGEST = digest_of(CONTENT)


class Bytes:
    """A stream that breaks after ``most`` bytes, as a cut connection does."""

    def __init__(self, content: bytes, most: int | None) -> None:
        self.content = content
        self.most = most

    def read(self, size: int, /) -> bytes:
        if self.most is not None and size > self.most:
            size = self.most
            if not size:
                raise Unreachable("the connection was cut")
        piece, self.content = self.content[:size], self.content[size:]
        if self.most is not None:
            self.most -= len(piece)
        return piece


def source_of(content: bytes = CONTENT, *, cut_after: int | None = None) -> tuple[Source, list[int]]:
    """And where it was opened each time."""
    starts: list[int] = []

    @contextmanager
    def opened(start: int) -> Iterator[Readable]:
        starts.append(start)
        yield Bytes(content[start:], cut_after)

    return opened, starts


@pytest.fixture
def target(live: None, project: Project) -> OurRepository:
    return OurRepository(f"{project.name}/{unique('target')}")


def read_all(repository: OurRepository, digest: str, start: int = 0) -> bytes:
    with repository.open_blob(digest, start) as stream:
        return b"".join(iter(lambda: stream.read(50_000), b""))


def test_a_blob_arrives(target: OurRepository) -> None:
    heard: list[int] = []
    source, starts = source_of()
    target.upload_blob(DIGEST, len(CONTENT), source, on_bytes=heard.append)
    assert target.has_blob(DIGEST)
    assert read_all(target, DIGEST) == CONTENT
    assert read_all(target, DIGEST, 1000) == CONTENT[1000:]
    assert (sum(heard), starts) == (len(CONTENT), [0])


def test_sha512_and_nothing_at_all(target: OurRepository) -> None:
    digest = f"sha512:{hashlib.sha512(CONTENT).hexdigest()}"
    target.upload_blob(digest, len(CONTENT), source_of()[0])
    target.upload_blob(digest_of(b""), 0, source_of(b"")[0])
    assert read_all(target, digest) == CONTENT
    assert read_all(target, digest_of(b"")) == b""


@pytest.mark.parametrize("chunk", [None, 70_000])
def test_after_a_cut_it_goes_on_where_it_stood(target: OurRepository, chunk: int | None) -> None:
    content = os.urandom(300_000)
    source, starts = source_of(content, cut_after=100_000)
    target.upload_blob(digest_of(content), len(content), source, chunk=chunk)
    assert read_all(target, digest_of(content)) == content
    assert starts[0] == 0
    assert len(starts) > 2
    assert starts == sorted(set(starts))


@pytest.mark.parametrize("error", [Throttled("no time", 5.0), Refused("out of order", 502)], ids=str)
def test_what_is_here_is_kept_while_the_source_has_no_time(
    target: OurRepository, monkeypatch: pytest.MonkeyPatch, error: Refused
) -> None:
    monkeypatch.setattr("jobs.replication.ours.bytes_in.time.sleep", lambda seconds: None)
    content = os.urandom(300_000)
    good, starts = source_of(content, cut_after=100_000)
    refusals = [error, error]

    @contextmanager
    def source(start: int) -> Iterator[Readable]:
        if start and refusals:
            raise refusals.pop()
        with good(start) as stream:
            yield stream

    target.upload_blob(digest_of(content), len(content), source)
    assert read_all(target, digest_of(content)) == content
    assert (refusals, starts == sorted(set(starts))) == ([], True)


def test_a_source_that_has_no_time_at_all_is_not_asked_again(target: OurRepository) -> None:
    asked: list[int] = []

    @contextmanager
    def source(start: int) -> Iterator[Readable]:
        asked.append(start)
        raise Throttled("no time", 5.0)
        yield

    with pytest.raises(Throttled):
        target.upload_blob(digest_of(os.urandom(10)), 10, source)
    assert asked == [0]
    assert_nothing_left(target)


def test_a_source_that_never_gives_a_byte_is_given_up(target: OurRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.replication.ours.bytes_in.time.sleep", lambda seconds: None)
    source, starts = source_of(cut_after=0)
    with pytest.raises(Unreachable):
        target.upload_blob(DIGEST, len(CONTENT), source)
    assert len(starts) == 6
    assert_nothing_left(target)


def test_other_bytes_than_said_are_not_stored(target: OurRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.replication.ours.bytes_in.time.sleep", lambda seconds: None)
    other = os.urandom(len(CONTENT))
    absent = digest_of(os.urandom(10))
    for content in (other, other[:1000], b""):
        with pytest.raises(BadAnswer):
            target.upload_blob(absent, len(CONTENT), source_of(content)[0])
    assert not target.has_blob(absent)
    assert_nothing_left(target)


def test_what_the_listener_raises_ends_the_upload(target: OurRepository) -> None:
    class Enough(Exception):
        pass

    def listen(count: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        target.upload_blob(DIGEST, len(CONTENT), source_of()[0], on_bytes=listen)
    assert_nothing_left(target)


def test_what_a_killed_worker_has_left_is_gone_on_with(target: OurRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.replication.ours.repository.KEPT", 100_000)
    content = os.urandom(300_000)
    digest = digest_of(content)
    execution = Execution.objects.create(kind="OF_THE_TEST", trigger=Trigger.MANUAL)
    task = Task.planned(execution=execution, kind=execution.kind, queue="of the test", status=Status.RUNNING)
    task.save()
    BlobTurn.objects.create(registry_id=0, digest=digest, task=task)

    class Killed(Exception):
        pass

    def die(count: int) -> None:
        if count < len(content) and UploadSession.objects.get(repository_name=target.name).received >= 200_000:
            raise Killed

    # As if nothing of what follows an error were done any more.
    monkeypatch.setattr("jobs.replication.ours.bytes_in.uploads.cancel_upload", lambda **named: None)
    with pytest.raises(Killed):
        target.upload_blob(digest, len(content), source_of(content)[0], on_bytes=die)
    source, starts = source_of(content)
    target.upload_blob(digest, len(content), source)
    assert starts == [200_000]
    assert read_all(target, digest) == content
    execution.delete()


def test_an_upload_that_expires_meanwhile_is_begun_anew_the_next_time(target: OurRepository) -> None:
    content = os.urandom(300_000)
    rows = UploadSession.objects.filter(repository_name=target.name)

    def expire(count: int) -> None:
        rows.delete()

    with pytest.raises(Unreachable, match="has expired"):
        target.upload_blob(digest_of(content), len(content), source_of(content)[0], on_bytes=expire, chunk=100_000)
    target.upload_blob(digest_of(content), len(content), source_of(content)[0], chunk=100_000)
    assert read_all(target, digest_of(content)) == content


def assert_nothing_left(repository: OurRepository) -> None:
    assert not UploadSession.objects.filter(repository_name=repository.name).exists()


def put(repository: OurRepository, tag: str) -> Manifest:
    image = random_image(layers=1)
    for digest, content in image.blobs.items():
        repository.upload_blob(digest, len(content), source_of(content)[0])
    manifest = Manifest(image.manifest, image.media_type, image.digest)
    repository.put_manifest(tag, manifest)
    return manifest


def test_a_push_is_recorded_under_the_name_of_replication(target: OurRepository) -> None:
    manifest = put(target, "v1")
    row = AuditLog.objects.get(resource=f"{target.name}:v1", operation="create_artifact")
    assert (row.username, row.actor_kind) == ("system:replication", "system")
    assert target.get_manifest("v1") == manifest
    found = target.head_manifest(manifest.digest)
    assert found and (found.digest, found.size) == (manifest.digest, len(manifest.content))


def test_what_is_not_there(target: OurRepository) -> None:
    assert target.head_manifest("v1") is None
    assert not target.has_blob(DIGEST)
    assert list(target.referrers(DIGEST)) == []
    for ask in (lambda: target.get_manifest("v1"), lambda: target.open_blob(digest_of(b"none"))):
        with pytest.raises(NotThere):
            ask()
    target.delete_tag("v1")
    target.delete_manifest(DIGEST)


def test_a_manifest_without_its_blobs_is_refused(target: OurRepository) -> None:
    image = random_image()
    with pytest.raises(NotThere):
        target.put_manifest("v1", Manifest(image.manifest, image.media_type, image.digest))


def test_quota_holds(people: People) -> None:
    small = OurRepository(f"{people.new_project(storage_limit=1000).name}/app")
    with pytest.raises(Refused) as refused:
        small.upload_blob(DIGEST, len(CONTENT), source_of()[0])
    assert refused.value.status == 403
    assert_nothing_left(small)


def test_immutable_tags_hold(people: People) -> None:
    project = people.new_project()
    save_immutable_rule(actor=SYSTEM, rule=ImmutableRule(project=project, repository_pattern="**", tag_pattern="v*"))
    repository = OurRepository(f"{project.name}/app")
    put(repository, "v1")
    with pytest.raises(Refused, match="immutable"):
        put(repository, "v1")
    with pytest.raises(Refused, match="immutable"):
        repository.delete_tag("v1")
    fixed = repository.head_manifest("v1")
    assert fixed
    with pytest.raises(Refused, match="immutable"):
        repository.delete_manifest(fixed.digest)
    assert repository.head_manifest("v1") == fixed


@pytest.mark.parametrize("name", ["alpine", "no-such-project/app", "Bad/name"])
def test_names_without_a_place_here(live: None, name: str) -> None:
    with pytest.raises(Refused):
        OurRepository(name).upload_blob(DIGEST, len(CONTENT), source_of()[0])
    with pytest.raises(Refused):
        OurRepository(name).mount_blob(DIGEST, len(CONTENT), "")


def test_missing_projects_are_made(live: None) -> None:
    name = unique("made")
    OurRegistry().prepare([f"{name}/app", f"{name}/deep/er", "alpine"])
    OurRegistry().prepare([f"{name}/app"])
    assert Project.objects.get(name=name).visibility == "private"


def test_the_listing_pages_through_everything(
    client: Registry, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.replication.ours.registry.PAGE", 2)
    project = people.new_project()
    names = [f"{project.name}/app{number}" for number in range(5)]
    images = {name: client.make_image(name, "v1", "v2") for name in names}
    for number in range(4):
        client.make_image(names[0], f"more{number}")
    part = client.make_image(names[1])
    client.make_index(names[1], "index", children=[part])
    client.push_artifact(names[1], b"x", "text/plain", subject=images[names[1]])
    ours = OurRegistry()
    assert [name for name in ours.repositories([]) if name.startswith(f"{project.name}/")] == names
    listed = list(ours.artifacts(names[0]))
    assert len(listed) == 5
    first = next(each for each in listed if each.digest == images[names[0]].digest)
    assert (set(first.tags), first.kind, first.labels) == ({"v1", "v2"}, "image", ())
    # Neither parts of an index nor what refers to something stand alone.
    assert {frozenset(each.tags) for each in ours.artifacts(names[1])} == {
        frozenset({"v1", "v2"}),
        frozenset({"index"}),
    }
    assert list(ours.artifacts(f"{project.name}/none")) == []
