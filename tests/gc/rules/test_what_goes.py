"""Which blobs and manifests a collection takes, and which it leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Project
from accounts.permissions import Role
from audit.models import AuditLog
from registry_api import events
from registry_api.events import ArtifactDeleted
from registry_api.models import (
    Blob,
    ImmutableRule,
    Manifest,
    OutboxEvent,
    ProjectBlob,
    Repository,
    RepositoryBlob,
    Tag,
    UploadSession,
)
from registry_api.selectors import garbage
from registry_api.services.collection import sweep
from registry_api.services.quota import quota_of
from registry_api.storage.contract import Store
from tests.gc.collecting import HOUR, NONE, Watching, age, collect, has_bytes, has_row, is_gone
from tests.rest.conftest import Caller
from tests.rest.pushing import push, push_random
from tests.support.people import People
from tests.support.registry import Image, digest_of, index_of, random_image


@pytest.fixture
def name(project: Project) -> str:
    return f"{project.name}/app"


def delete(owner: Caller, name: str, image: Image) -> None:
    owner.send("DELETE", f"/v2/{name}/manifests/{image.digest}").expect(202)


def size_of(project: Project) -> int:
    """What the project holds by its rows, in bytes."""
    blobs = sum(ProjectBlob.objects.filter(project=project).values_list("blob__size", flat=True))
    return blobs + sum(Manifest.objects.filter(repository__project=project).values_list("size", flat=True))


def test_tagged_images_stay(owner: Caller, name: str, store: Store):
    image = push_random(owner, name, "v1")
    report = collect(delete_untagged=True)
    assert (report.purged_blobs, report.purged_manifests, report.freed_space) == (0, 0, 0)
    assert all(has_bytes(store, digest) and has_row(digest) for digest in image.blobs)


def test_blobs_of_a_deleted_image_go(owner: Caller, name: str, project: Project, store: Store):
    kept, gone = push_random(owner, name, "v1"), push_random(owner, name, "v2")
    delete(owner, name, gone)
    report = collect()
    assert all(is_gone(store, digest) for digest in gone.blobs)
    assert not any(is_gone(store, digest) for digest in kept.blobs)
    assert report.purged_blobs == report.dropped_links == len(gone.blobs)
    assert report.freed_space == sum(len(content) for content in gone.blobs.values())
    assert quota_of(project.pk).used == size_of(project)


def test_a_layer_that_another_image_names_stays(owner: Caller, name: str, store: Store):
    first = push_random(owner, name, "v1", layers=1)
    other = random_image(layers=1)
    # The same repository, and another one: each has its own link.
    shared = Image(first.manifest + b" ", first.media_type, first.blobs)
    push(owner, name, shared, "v2")
    push(owner, f"{name}-2", Image(first.manifest, first.media_type, first.blobs), "v1")
    push(owner, name, other, "v3")
    delete(owner, name, first)
    assert collect().purged_blobs == 0
    delete(owner, name, shared)
    report = collect()
    assert (report.dropped_links, report.purged_blobs) == (len(first.blobs), 0)
    assert not any(is_gone(store, digest) for digest in first.blobs)


def test_blobs_that_another_project_shows_stay_and_cost_the_first_nothing(
    owner: Caller, name: str, project: Project, people: People, store: Store
):
    other = people.new_project()
    image = push_random(owner, name, "v1")
    push(Caller(people.new_user(sysadmin=True)), f"{other.name}/app", image, "v1")
    delete(owner, name, image)
    collect()
    assert not any(is_gone(store, digest) for digest in image.blobs)
    assert quota_of(project.pk).used == size_of(project) == 0
    assert quota_of(other.pk).used == size_of(other) > 0


def test_what_is_young_stays(owner: Caller, name: str, store: Store):
    image = push_random(owner, name, "v1")
    delete(owner, name, image)
    assert collect(grace=HOUR).purged_blobs == 0
    age(2 * HOUR)
    assert collect(grace=HOUR).purged_blobs == len(image.blobs)


def test_a_push_in_progress_is_left_alone_even_without_grace(owner: Caller, name: str, store: Store):
    image = random_image()
    for digest, content in image.blobs.items():
        owner.send("POST", f"/v2/{name}/blobs/uploads/?digest={digest}", content).expect(201)
    assert collect(push_window=HOUR).dropped_links == 0
    push(owner, name, Image(image.manifest, image.media_type), "v1")


def test_a_blob_that_a_client_has_asked_for_counts_as_young(owner: Caller, name: str, store: Store):
    image = push_random(owner, name, "v1")
    delete(owner, name, image)
    age(2 * HOUR)
    asked, other, *_ = image.blobs
    owner.send("GET", f"/v2/{name}/blobs/{other}").expect(200)
    owner.send("HEAD", f"/v2/{name}/blobs/{asked}").expect(200)
    collect(push_window=HOUR)
    assert (is_gone(store, asked), is_gone(store, other)) == (False, True)


def test_a_blob_that_was_mounted_counts_as_young(owner: Caller, name: str, store: Store):
    image = push_random(owner, name, "v1")
    digest = next(iter(image.blobs))
    owner.send("POST", f"/v2/{name}-2/blobs/uploads/?mount={digest}&from={name}").expect(201)
    Blob.objects.update(touched_at=timezone.now() - 2 * HOUR)
    RepositoryBlob.objects.filter(repository__name=name).update(touched_at=timezone.now() - 2 * HOUR)
    delete(owner, name, image)
    collect(push_window=HOUR)
    assert not is_gone(store, digest)
    assert RepositoryBlob.objects.filter(blob__digest=digest).count() == 1


def test_untagged_images_go_when_that_is_wanted(owner: Caller, name: str, project: Project, store: Store):
    image = push_random(owner, name)
    assert collect().purged_manifests == 0
    report = collect(delete_untagged=True)
    assert report.purged_manifests == 1
    assert report.freed_space == len(image.manifest) + sum(map(len, image.blobs.values()))
    assert all(is_gone(store, digest) for digest in image.blobs)
    assert quota_of(project.pk).used == size_of(project) == 0


def test_whoever_waits_for_deletions_is_told_of_untagged_images(
    owner: Caller, name: str, project: Project, store: Store
):
    image = push_random(owner, name)
    push_random(owner, name, subject=image.descriptor)
    events.set_subscriptions("room:1", [ArtifactDeleted], project.pk)
    collect(delete_untagged=True)
    event = OutboxEvent.objects.get()
    assert (event.name, event.detail["digest"], event.detail["repository"]) == ("ArtifactDeleted", image.digest, name)


def test_parts_of_a_tagged_index_and_accessories_of_a_tagged_image_stay(owner: Caller, name: str, store: Store):
    part, image = push_random(owner, name), push_random(owner, name, "v1")
    push(owner, name, index_of([part]), "all")
    signature = push_random(owner, name, subject=image.descriptor)
    dangling = push_random(owner, name, subject=random_image().descriptor)
    assert collect(delete_untagged=True).purged_manifests == 0
    kept = {part.digest, image.digest, signature.digest, dangling.digest}
    assert kept < set(Manifest.objects.filter(repository__name=name).values_list("digest", flat=True))


def test_an_untagged_index_goes_with_its_parts_and_accessories(owner: Caller, name: str, store: Store):
    shared, own, named = push_random(owner, name), push_random(owner, name), push_random(owner, name, "named")
    push(owner, name, index_of([shared]), "stays")
    index = push(owner, name, index_of([shared, own, named]))
    signature = push_random(owner, name, "signed", subject=index.descriptor)
    collect(delete_untagged=True)
    left = set(Manifest.objects.filter(repository__name=name).values_list("digest", flat=True))
    assert {shared.digest, named.digest} < left
    assert not left & {index.digest, own.digest, signature.digest}
    assert not Tag.objects.filter(repository__name=name, name="signed").exists()


def test_a_part_of_several_indexes_goes_with_the_last_of_them(owner: Caller, name: str, store: Store):
    """Also where one index lists all of them: then with that one."""
    part, other = push_random(owner, name), push_random(owner, name)
    first, second = push(owner, name, index_of([part])), push(owner, name, index_of([part, other]), "stays")
    collect(delete_untagged=True)
    assert manifests(name) == {part.digest, other.digest, second.digest}
    push(owner, name, index_of([push(owner, name, first), second]), "above")
    owner.send("DELETE", f"/v2/{name}/manifests/stays").expect(202)
    owner.send("DELETE", f"/v2/{name}/manifests/above").expect(202)
    collect(delete_untagged=True)
    assert manifests(name) == set()


def manifests(name: str) -> set[str]:
    return set(Manifest.objects.filter(repository__name=name).values_list("digest", flat=True))


def test_a_part_that_was_pushed_again_keeps_its_untagged_index_for_a_while(owner: Caller, name: str, store: Store):
    """It may be on its way to another index."""
    part = push_random(owner, name)
    index = push(owner, name, index_of([part, push_random(owner, name)]))
    age(2 * HOUR)
    push(owner, name, Image(part.manifest, part.media_type))
    assert collect(delete_untagged=True, push_window=HOUR).purged_manifests == 0
    newer = push(owner, name, index_of([part]), "v1")
    assert {part.digest, index.digest, newer.digest} < manifests(name)
    age(2 * HOUR)
    collect(delete_untagged=True, push_window=HOUR)
    assert manifests(name) == {part.digest, newer.digest}


def test_a_part_that_a_push_has_asked_for_counts_as_young(
    owner: Caller, name: str, project: Project, people: People, store: Store
):
    """As docker does, which leaves out what is there."""
    asked, index_part, pulled, tagged = (push_random(owner, name) for _ in range(4))
    index = push(owner, name, index_of([index_part]))
    push(owner, name, tagged, "v1")
    age(2 * HOUR)
    guest = Caller(people.new_user(project=project, role=Role.GUEST))
    guest.send("HEAD", f"/v2/{name}/manifests/{pulled.digest}").expect(200)
    for each in (asked, index_part, tagged):
        owner.send("HEAD", f"/v2/{name}/manifests/{each.digest}").expect(200)
    collect(delete_untagged=True, push_window=HOUR)
    assert manifests(name) == {each.digest for each in (asked, index_part, index, tagged)}
    newer = push(owner, name, index_of([asked, index_part]), "v2")
    collect(delete_untagged=True)
    assert manifests(name) == {each.digest for each in (asked, index_part, newer, tagged)}
    # The time of what has a tag is that of its push.
    assert Manifest.objects.get(digest=tagged.digest).push_time < timezone.now() - HOUR


def test_nothing_is_promised_in_read_only_mode(owner: Caller, name: str, monkeypatch: pytest.MonkeyPatch, store: Store):
    image = push_random(owner, name)
    age(2 * HOUR)
    before = Manifest.objects.get(digest=image.digest).push_time
    monkeypatch.setattr("registry_api.services.manifests.configured", lambda option: option == "read_only")
    owner.send("HEAD", f"/v2/{name}/manifests/{image.digest}").expect(200)
    assert Manifest.objects.get(digest=image.digest).push_time == before


def test_a_referrer_that_was_just_pushed_keeps_its_untagged_subject_for_a_while(owner: Caller, name: str, store: Store):
    image = push_random(owner, name)
    age(2 * HOUR)
    signature = push_random(owner, name, subject=image.descriptor)
    assert collect(delete_untagged=True, push_window=HOUR).purged_manifests == 0
    assert manifests(name) == {image.digest, signature.digest}
    age(2 * HOUR)
    assert collect(delete_untagged=True, push_window=HOUR).purged_manifests == 2


def test_an_index_whose_parts_come_first_is_pushed_beside_a_collection(owner: Caller, name: str, store: Store):
    """As docker does: each part by its digest, without a tag, and at last the index."""
    parts = [push_random(owner, name) for _ in range(2)]
    collect(delete_untagged=True, push_window=HOUR)
    index = push(owner, name, index_of(parts), "v1")
    collect(delete_untagged=True)
    assert manifests(name) == {index.digest, *(part.digest for part in parts)}
    assert all(has_bytes(store, digest) for part in parts for digest in part.blobs)


def test_a_subject_that_comes_after_its_referrer_finds_it(owner: Caller, name: str, store: Store):
    image = random_image()
    signature = push_random(owner, name, subject=image.descriptor)
    collect(delete_untagged=True)
    push(owner, name, image, "v1")
    collect(delete_untagged=True)
    listed = owner.send("GET", f"/v2/{name}/referrers/{image.digest}").expect(200).json["manifests"]
    assert [each["digest"] for each in listed] == [signature.digest]
    assert all(has_bytes(store, digest) for digest in signature.blobs)


def test_an_untagged_image_that_somebody_pulls_or_that_is_young_stays(owner: Caller, name: str, store: Store):
    pulled, young, old = (push_random(owner, name) for _ in range(3))
    age(2 * HOUR)
    Manifest.objects.filter(digest=pulled.digest).update(pull_time=timezone.now())
    Manifest.objects.filter(digest=young.digest).update(push_time=timezone.now())
    assert collect(delete_untagged=True, grace=HOUR).purged_manifests == 1
    assert not Manifest.objects.filter(digest=old.digest).exists()


def test_a_fixed_tag_on_an_accessory_keeps_the_whole(owner: Caller, name: str, project: Project, store: Store):
    image = push_random(owner, name)
    push_random(owner, name, "release", subject=image.descriptor)
    ImmutableRule.objects.create(
        project=project,
        repository_match="matches",
        repository_pattern="**",
        tag_match="matches",
        tag_pattern="release",
    )
    watch = Watching()
    assert collect(watch=watch, delete_untagged=True).purged_manifests == 0
    assert any("immutable" in line for line in watch.said)


def test_blobs_of_a_deleted_repository_go(owner: Caller, name: str, project: Project, store: Store):
    image = push_random(owner, name, "v1")
    owner.delete(f"/projects/{project.name}/repositories/app").expect(200)
    collect()
    assert all(is_gone(store, digest) for digest in image.blobs)
    assert quota_of(project.pk).used == 0


def test_a_leftover_count_of_a_project_does_not_keep_a_blob(owner: Caller, name: str, project: Project, store: Store):
    """As an old fault may have left it: counted for the project, and shown by no repository of it."""
    digest = digest_of(b"content")
    owner.send("POST", f"/v2/{name}/blobs/uploads/?digest={digest}", b"content").expect(201)
    RepositoryBlob.objects.filter(blob__digest=digest).delete()
    collect()
    assert is_gone(store, digest)
    assert quota_of(project.pk).used == 0


@pytest.mark.parametrize("dry_run", [False, True])
def test_whoever_watches_hears_how_far_it_is(
    owner: Caller, name: str, store: Store, monkeypatch: pytest.MonkeyPatch, dry_run: bool
):
    monkeypatch.setattr(garbage, "REPOSITORIES_AT_ONCE", 1)
    monkeypatch.setattr(sweep, "TOGETHER", 1)
    push_random(owner, f"{name}-2", "v1")
    delete(owner, name, push_random(owner, name, "v1"))
    watch = Watching()
    blobs = collect(watch=watch, dry_run=dry_run).purged_blobs
    repositories = Repository.objects.count()
    steps = [(done, repositories, "repositories") for done in range(1, repositories + 1)]
    if not dry_run:
        steps += [(done, blobs, "blobs") for done in (*range(1, blobs + 1), blobs)]
    assert watch.steps == steps
    assert min(repositories, blobs) > 1


def test_abandoned_uploads_go(owner: Caller, name: str, store: Store):
    owner.send("POST", f"/v2/{name}/blobs/uploads/").expect(202)
    assert collect().expired_uploads == 0
    UploadSession.objects.update(touched_at=timezone.now() - timedelta(days=40))
    assert collect().expired_uploads == UploadSession.objects.count() + 1


def test_a_dry_run_foretells_the_run_and_changes_nothing(owner: Caller, name: str, project: Project, store: Store):
    untagged, deleted = push_random(owner, name), push_random(owner, name, "v1")
    both = push_random(owner, name, "v2")
    push(owner, f"{name}-2", both, "v2")
    push_random(owner, name, subject=untagged.descriptor)
    delete(owner, name, deleted)
    delete(owner, name, both)
    owner.send("POST", f"/v2/{name}/blobs/uploads/?digest={digest_of(b'b')}", b"b").expect(201)
    owner.send("DELETE", f"/v2/{name}/blobs/{digest_of(b'b')}").expect(202)
    before = (Manifest.objects.count(), Blob.objects.count(), RepositoryBlob.objects.count(), AuditLog.objects.count())
    watch = Watching()
    foretold = collect(watch=watch, delete_untagged=True, dry_run=True)
    after = (Manifest.objects.count(), Blob.objects.count(), RepositoryBlob.objects.count(), AuditLog.objects.count())
    assert after == before
    said = "\n".join(watch.said)
    assert all(digest in said for digest in (*untagged.blobs, *deleted.blobs, untagged.digest, digest_of(b"b")))
    assert not any(digest in said for digest in both.blobs)
    assert foretold == collect(delete_untagged=True)


def test_the_record_says_what_went_in_sum(owner: Caller, name: str, store: Store):
    image = push_random(owner, name, "v1")
    delete(owner, name, image)
    report = collect(grace=NONE)
    row = AuditLog.objects.filter(operation="collect_garbage").latest("id")
    assert (row.detail["purged_blobs"], row.detail["freed_space"]) == (report.purged_blobs, report.freed_space)
