"""A dry run foretells the run: as many manifests, blobs, links, uploads and bytes, by name, whatever shares what."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Project
from registry_api.models import Blob, ImmutableRule, Manifest, RepositoryBlob, UploadSession
from registry_api.storage.contract import Store
from tests.gc.collecting import Watching, collect
from tests.rest.conftest import Caller
from tests.rest.pushing import push, push_random
from tests.support.registry import Image, image_of, index_of, random_image

STEPS = 45


@pytest.fixture
def names(project: Project) -> tuple[str, str]:
    return f"{project.name}/app", f"{project.name}/other"


@pytest.fixture(autouse=True)
def _tidy(store: Store, names: tuple[str, str]) -> None:
    """What other tests have left behind has gone before."""
    collect(delete_untagged=True)


def assert_foretold() -> None:
    before = set(Manifest.objects.values_list("digest", flat=True)), set(Blob.objects.values_list("digest", flat=True))
    watch = Watching()
    foretold = collect(watch=watch, delete_untagged=True, dry_run=True)
    report = collect(delete_untagged=True)
    assert foretold == report
    assert report.freed_space > 0
    after = set(Manifest.objects.values_list("digest", flat=True)), set(Blob.objects.values_list("digest", flat=True))
    said = [line for line in watch.said if line.startswith("would delete")]
    gone = [*(before[0] - after[0]), *(before[1] - after[1])]
    assert len(said) == report.purged_manifests + report.purged_blobs
    assert all(any(digest in line for line in said) for digest in gone)


def test_a_layer_goes_with_the_last_manifest_that_names_it(owner: Caller, names: tuple[str, str]):
    shared, held = b"shared by two that go", b"held by one that stays"
    for number in range(2):
        push(owner, names[0], image_of(b"%d" % number, [shared, held]))
    push(owner, names[0], image_of(b"2", [held]), "stays")
    watch = Watching()
    foretold = collect(watch=watch, delete_untagged=True, dry_run=True)
    assert (foretold.purged_manifests, foretold.purged_blobs, foretold.dropped_links) == (2, 3, 3)
    assert foretold == collect(delete_untagged=True)


def test_a_part_goes_with_the_last_index_that_lists_it(owner: Caller, names: tuple[str, str]):
    part, held = push_random(owner, names[0]), push_random(owner, names[0])
    signature = push_random(owner, names[0], subject=part.descriptor)
    for note in ({"one": "1"}, {"two": "2"}):
        push(owner, names[0], index_of([part, held], annotations=note))
    push(owner, names[0], index_of([held]), "stays")
    assert collect(delete_untagged=True, dry_run=True).purged_manifests == 4
    assert_foretold()
    assert not Manifest.objects.filter(digest__in=[part.digest, signature.digest]).exists()


def test_what_a_fixed_tag_holds_is_not_foretold(owner: Caller, project: Project, names: tuple[str, str]):
    image = push_random(owner, names[0])
    push_random(owner, names[0], "release", subject=image.descriptor)
    push_random(owner, names[0])
    ImmutableRule.objects.create(project=project, tag_pattern="release")
    watch = Watching()
    assert collect(watch=watch, delete_untagged=True, dry_run=True).purged_manifests == 1
    assert any("immutable" in line for line in watch.said)
    assert_foretold()


def test_what_a_killed_run_has_left_is_counted_once(owner: Caller, names: tuple[str, str]):
    kept, going = push_random(owner, names[0], "v1"), push_random(owner, names[0])
    left = push_random(owner, names[1], "v1")
    owner.send("DELETE", f"/v2/{names[1]}/manifests/{left.digest}").expect(202)
    # Condemned at the moment of their push, marked by a process that died, and one of a repository that shows it.
    Blob.objects.filter(digest__in=[*kept.blobs, *going.blobs]).update(state="condemned")
    RepositoryBlob.objects.filter(blob__digest__in=left.blobs).delete()
    Blob.objects.filter(digest__in=left.blobs).update(state="deleting")
    assert collect(delete_untagged=True, dry_run=True).purged_blobs == len(going.blobs) + len(left.blobs)
    assert_foretold()


@pytest.mark.parametrize("seed", range(8))
def test_whatever_shares_what(owner: Caller, project: Project, names: tuple[str, str], seed: int):
    Pushing(owner, names, random.Random(seed)).run()
    ImmutableRule.objects.create(project=project, tag_pattern="t0")
    then = timezone.now() - timedelta(days=40)
    UploadSession.objects.filter(repository_name=names[0]).update(touched_at=then)
    assert_foretold()
    # Nothing is left that one run alone could not find.
    again = collect(delete_untagged=True, dry_run=True)
    assert (again.purged_manifests, again.purged_blobs, again.dropped_links) == (0, 0, 0)


class Pushing:
    """Images and indexes with and without tags that share layers and parts, accessories of them, and deletions."""

    def __init__(self, owner: Caller, names: tuple[str, str], chance: random.Random) -> None:
        self._owner = owner
        self._names = names
        self._chance = chance
        self._layers = [b"layer %d of %d" % (number, chance.randrange(10**9)) for number in range(6)]
        self._pushed: dict[str, list[Image]] = {name: [] for name in names}

    def run(self) -> None:
        steps = self._image, self._image, self._image, self._index, self._index, self._accessory, self._delete
        for _ in range(STEPS):
            self._chance.choice(steps)(self._chance.choice(self._names))
        for name in self._names:
            self._owner.send("POST", f"/v2/{name}/blobs/uploads/").expect(202)

    def _image(self, name: str, **more: object) -> None:
        config = b'{"number": %d}' % self._chance.randrange(10**9)
        self._push(name, image_of(config, self._chance.sample(self._layers, 2), **more))

    def _index(self, name: str) -> None:
        if there := self._there(name):
            parts = self._chance.sample(there, min(len(there), 3))
            self._push(name, index_of(parts, annotations={"number": str(self._chance.randrange(10**9))}))

    def _accessory(self, name: str) -> None:
        subjects = [*self._there(name), random_image()]
        self._image(name, subject=self._chance.choice(subjects).descriptor)

    def _delete(self, name: str) -> None:
        """A tag, or a manifest as ``/v2/`` does it: without its parts and accessories."""
        reference = f"t{self._chance.randrange(4)}"
        if self._chance.random() < 0.4 and (there := self._there(name)):
            reference = self._chance.choice(there).digest
        assert self._owner.send("DELETE", f"/v2/{name}/manifests/{reference}").status in (202, 404)

    def _push(self, name: str, image: Image) -> None:
        tags = [f"t{self._chance.randrange(4)}"] if self._chance.random() < 0.4 else []
        self._pushed[name].append(push(self._owner, name, image, *tags))

    def _there(self, name: str) -> list[Image]:
        rows = Manifest.objects.filter(repository__name=name, depth__lt=3)
        digests = set(rows.values_list("digest", flat=True))
        return [image for image in self._pushed[name] if image.digest in digests]
