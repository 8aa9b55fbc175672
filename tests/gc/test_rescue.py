"""A blob is wanted again at each moment of its end: it is there with its bytes, or refused and taken anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Project
from registry_api.models import Blob, Manifest, RepositoryBlob
from registry_api.oci.digest import Digest
from registry_api.oci.errors import TooManyRequests
from registry_api.oci.manifest import parse_manifest
from registry_api.selectors.blobs import find_blob
from registry_api.selectors.manifests import ManifestRow
from registry_api.services import reservations
from registry_api.services.blobs import delete_blob, promise_blob
from registry_api.services.collection import condemning, sweep, untagged
from registry_api.services.collection.options import Options
from registry_api.services.manifests import PushedManifest, promise_manifest, put_manifest
from registry_api.services.mounts import mount_blob
from registry_api.services.upload_rows import Upload
from registry_api.services.uploads import append_to_upload, cancel_upload, finish_upload, start_upload
from registry_api.storage.contract import Store, StoreUnavailable
from tests.gc.collecting import NONE, Watching, collect, has_bytes, is_gone
from tests.storage.bodies import Body
from tests.support.people import People, unique
from tests.support.registry import image_of

pytestmark = pytest.mark.usefixtures("committed")
PATIENCE = 60.0


class Pusher:
    """Somebody with all rights, who pushes one blob."""

    def __init__(self, actor: Actor, project: Project) -> None:
        self.actor = actor
        self.repository = f"{project.name}/{unique('app')}"
        self.content = unique("content").encode()
        self.digest = Digest.of(self.content)

    def allows(self, repository: str, action: str) -> bool:
        return True

    def allowing(self, repositories: Collection[str], action: str) -> list[str]:
        return list(repositories)

    def push(self) -> None:
        self.finish(self.started())

    def started(self) -> Upload:
        upload = start_upload(caller=self, repository=self.repository)
        body, length = Body(self.content), len(self.content)
        append_to_upload(caller=self, upload=upload, source=body, content_range=None, length=length)
        return upload

    def finish(self, upload: Upload) -> None:
        finish_upload(caller=self, upload=upload, digest=self.digest, source=None, content_range=None, length=None)

    def finish_beside(self, upload: Upload) -> None:
        """In a thread of its own."""
        try:
            self.finish(upload)
        finally:
            connections.close_all()

    def delete(self) -> None:
        delete_blob(caller=self, repository=self.repository, digest=self.digest)

    @property
    def is_served(self) -> bool:
        """To its repository, with its bytes."""
        found = find_blob(self.repository, str(self.digest))
        assert found is None or has_bytes(self.store, str(self.digest))
        return found is not None

    store: Store


@pytest.fixture
def pusher(people: People, store: Store) -> Iterator[Pusher]:
    owner = people.new_user()
    made = Pusher(owner.actor, people.new_project(owner))
    made.store = store
    yield made
    connections.close_all()


@pytest.fixture
def unshown(pusher: Pusher) -> Pusher:
    """Who has pushed a blob and deleted it again."""
    pusher.push()
    pusher.delete()
    return pusher


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Set when a push finds that its bytes are being deleted."""
    found, real = Event(), reservations._is_being_deleted

    def look(digest: str) -> bool:
        if real(digest):
            found.set()
            return True
        return False

    monkeypatch.setattr(reservations, "_is_being_deleted", look)
    return found


def condemn() -> None:
    condemning.condemn_unshown(Options(grace=NONE, push_window=NONE), Watching())


def state_of(pusher: Pusher) -> str:
    return Blob.objects.get(digest=pusher.digest).state


def test_a_push_rescues_what_is_condemned(unshown: Pusher):
    condemn()
    assert state_of(unshown) == "condemned"
    unshown.push()
    assert state_of(unshown) == "stored"
    collect(push_window=timedelta(hours=1))
    assert unshown.is_served


def test_a_mount_rescues_what_is_condemned(pusher: Pusher):
    pusher.push()
    Blob.objects.filter(digest=pusher.digest).update(state="condemned")
    other = pusher.repository + "-2"
    assert mount_blob(caller=pusher, repository=other, digest=pusher.digest, source=pusher.repository)
    assert state_of(pusher) == "stored"


def test_a_mount_that_found_the_blob_before_it_went_is_refused(pusher: Pusher, monkeypatch: pytest.MonkeyPatch):
    """It looks for the blob, and before it links it the blob is deleted, whole or half."""
    pusher.push()
    found = find_blob(pusher.repository, str(pusher.digest))
    monkeypatch.setattr("registry_api.services.mounts.find_blob", lambda *_: found)
    pusher.delete()
    other = pusher.repository + "-2"
    for end in (lambda: Blob.objects.filter(digest=pusher.digest).update(state="deleting"), collect):
        end()
        assert not mount_blob(caller=pusher, repository=other, digest=pusher.digest, source=pusher.repository)
        assert not RepositoryBlob.objects.filter(blob__digest=pusher.digest).exists()


def test_what_was_condemned_at_the_moment_of_its_push_is_acquitted(pusher: Pusher):
    pusher.push()
    Blob.objects.filter(digest=pusher.digest).update(state="condemned")
    collect(push_window=timedelta(hours=1))
    assert pusher.is_served
    assert state_of(pusher) == "stored"


def test_no_promise_is_made_for_what_is_being_dropped(pusher: Pusher, monkeypatch: pytest.MonkeyPatch):
    """The HEAD finds the link, and it goes before the promise is written down."""
    pusher.push()
    RepositoryBlob.objects.update(touched_at=timezone.now() - timedelta(days=1))
    real = timezone.now

    def dropped_meanwhile() -> object:
        monkeypatch.setattr("registry_api.services.blobs.timezone.now", real)
        return real()

    monkeypatch.setattr("registry_api.services.blobs.timezone.now", dropped_meanwhile)
    monkeypatch.setattr("registry_api.services.blobs.find_linked_blob", after(pusher.delete))
    assert promise_blob(repository=pusher.repository, digest=pusher.digest) is None


def test_no_promise_is_made_for_a_manifest_that_is_going(pusher: Pusher, monkeypatch: pytest.MonkeyPatch):
    """The HEAD comes when the collection has looked whether anybody uses it, and before it has deleted it."""
    pusher.push()
    image = image_of(pusher.content, [])
    digest = Digest.parse(image.digest)
    parsed = parse_manifest(image.manifest, image.media_type)
    pushed = PushedManifest(content=image.manifest, digest=digest, parsed=parsed, tags=())
    put_manifest(caller=pusher, repository=pusher.repository, pushed=pushed)
    Manifest.objects.filter(digest=digest).update(push_time=timezone.now() - timedelta(hours=2))
    real = untagged.remove_whole
    asked: list[Future[ManifestRow | None]] = []

    def ask() -> ManifestRow | None:
        try:
            return promise_manifest(repository=pusher.repository, digest=digest)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:

        def remove(*values: Any) -> None:
            asked.append(pool.submit(ask))
            # It neither says yes nor no before this is settled.
            assert not wait(asked, timeout=0.3).done
            real(*values)

        monkeypatch.setattr(untagged, "remove_whole", remove)
        collect(push_window=timedelta(hours=1), delete_untagged=True)
        assert asked[0].result(PATIENCE) is None
    assert not Manifest.objects.filter(digest=digest).exists()


def after(change: Callable[[], None]) -> Callable[..., object]:
    """What the real one finds; the change comes right behind it."""
    from registry_api.selectors.blobs import find_linked_blob

    def find(*values: object) -> object:
        found = find_linked_blob(*values)  # type: ignore[arg-type]
        change()
        return found

    return find


def test_bytes_that_an_upload_has_reserved_are_left_alone(unshown: Pusher):
    upload = unshown.started()
    reservations.reserve(upload, str(unshown.digest))
    report = collect()
    assert has_bytes(unshown.store, str(unshown.digest))
    assert report.kept_blobs >= 1
    # Nobody else may count on them meanwhile.
    assert state_of(unshown) == "deleting"
    unshown.finish(upload)
    assert state_of(unshown) == "stored"
    assert unshown.is_served


def test_reserved_bytes_go_with_the_next_run_when_the_upload_is_given_up(unshown: Pusher):
    upload = unshown.started()
    reservations.reserve(upload, str(unshown.digest))
    collect()
    cancel_upload(caller=unshown, upload=upload)
    collect()
    assert is_gone(unshown.store, str(unshown.digest))


def test_a_push_waits_for_the_deletion_of_its_bytes(unshown: Pusher, waiting: Event, monkeypatch: pytest.MonkeyPatch):
    """The upload ends while the bytes are deleted: after that, or they would be lost."""
    upload, real_delete = unshown.started(), unshown.store.delete
    pushed: list[Future[None]] = []

    with ThreadPoolExecutor(1) as pool:

        def delete(digests: Iterable[Digest]) -> set[Digest]:
            wanted = list(digests)
            if unshown.digest in wanted:
                pushed.append(pool.submit(unshown.finish_beside, upload))
                assert waiting.wait(PATIENCE)
            return real_delete(wanted)

        monkeypatch.setattr(unshown.store, "delete", delete)
        collect()
        pushed[0].result(PATIENCE)
    assert unshown.is_served


def test_a_push_is_told_to_come_again_when_the_deletion_hangs(unshown: Pusher, monkeypatch: pytest.MonkeyPatch):
    Blob.objects.filter(digest=unshown.digest).update(state="deleting", touched_at=timezone.now())
    monkeypatch.setattr(reservations, "PATIENCE", 0.1)
    with pytest.raises(TooManyRequests):
        unshown.push()


def test_what_a_killed_run_has_marked_can_be_pushed_after_a_while(unshown: Pusher):
    long_ago = timezone.now() - 2 * reservations.ABANDONED
    Blob.objects.filter(digest=unshown.digest).update(state="deleting", touched_at=long_ago)
    unshown.store.delete([unshown.digest])
    unshown.push()
    assert unshown.is_served


@pytest.mark.parametrize("bytes_are_gone", [True, False])
def test_a_push_that_waits_for_a_killed_run_goes_on_with_the_next_one(
    unshown: Pusher, waiting: Event, monkeypatch: pytest.MonkeyPatch, bytes_are_gone: bool
):
    """The batch was marked a moment ago, and whoever was to delete it is gone."""
    Blob.objects.filter(digest=unshown.digest).update(state="deleting", touched_at=timezone.now())
    if bytes_are_gone:
        unshown.store.delete([unshown.digest])
    upload = unshown.started()
    monkeypatch.setattr(reservations, "PATIENCE", PATIENCE)
    with ThreadPoolExecutor(1) as pool:
        pushed = pool.submit(unshown.finish_beside, upload)
        assert waiting.wait(PATIENCE)
        assert not pushed.done()
        collect(push_window=timedelta(hours=1))
        pushed.result(PATIENCE)
    assert unshown.is_served
    assert state_of(unshown) == "stored"


def test_a_push_in_the_middle_of_what_a_killed_run_has_left(unshown: Pusher, monkeypatch: pytest.MonkeyPatch):
    """Condemned, and never marked: the push takes back its own blob, and the next run the others, in their batches."""
    monkeypatch.setattr(sweep, "TOGETHER", 2)
    project = Project.objects.get(name=unshown.repository.partition("/")[0])
    others = [Pusher(unshown.actor, project) for _ in range(5)]
    for other in others:
        other.push()
        other.delete()
    condemn()
    unshown.push()
    collect(push_window=timedelta(hours=1))
    assert unshown.is_served
    assert all(is_gone(unshown.store, str(other.digest)) for other in others)


@pytest.mark.parametrize("bytes_are_gone", [True, False])
def test_the_next_run_ends_what_a_killed_one_has_begun(unshown: Pusher, bytes_are_gone: bool):
    Blob.objects.filter(digest=unshown.digest).update(state="deleting", touched_at=timezone.now())
    if bytes_are_gone:
        unshown.store.delete([unshown.digest])
    collect()
    assert is_gone(unshown.store, str(unshown.digest))


def test_what_the_store_does_not_delete_waits_for_the_next_run(unshown: Pusher, monkeypatch: pytest.MonkeyPatch):
    def refuse(digests: Iterable[Digest]) -> set[Digest]:
        raise StoreUnavailable("not now")

    with monkeypatch.context() as patch:
        patch.setattr(unshown.store, "delete", refuse)
        with pytest.raises(StoreUnavailable):
            collect()
    assert state_of(unshown) == "deleting"
    collect()
    assert is_gone(unshown.store, str(unshown.digest))


def test_a_process_that_was_held_up_does_not_delete(unshown: Pusher, monkeypatch: pytest.MonkeyPatch):
    """Uploads of the same bytes may no longer wait for it."""
    monkeypatch.setattr(sweep, "PROMPT", -1.0)
    assert collect().purged_blobs == 0
    assert has_bytes(unshown.store, str(unshown.digest))


def test_a_run_that_is_ended_keeps_what_it_has_done(unshown: Pusher, monkeypatch: pytest.MonkeyPatch):
    class Ended(Exception):
        pass

    monkeypatch.setattr(sweep, "TOGETHER", 1)
    second = Pusher(unshown.actor, Project.objects.get(name=unshown.repository.partition("/")[0]))
    second.push()
    second.delete()
    real, batches = unshown.store.delete, []

    def delete(digests: Iterable[Digest]) -> set[Digest]:
        batches.append(list(digests))
        return real(batches[-1])

    def check() -> None:
        if batches:
            raise Ended

    monkeypatch.setattr(unshown.store, "delete", delete)
    with pytest.raises(Ended):
        collect(watch=Watching(check))
    assert not Blob.objects.filter(digest__in=[str(digest) for digest in batches[0]]).exists()
    assert Blob.objects.exclude(state="stored").filter(state="condemned").exists()
    collect()
    assert is_gone(unshown.store, str(unshown.digest))
    assert is_gone(unshown.store, str(second.digest))
