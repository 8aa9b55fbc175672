"""Pulls are counted, though no pull writes: the counts come a little later, all of them."""

from __future__ import annotations

import time

from registry_api.models import Manifest, Repository, Tag
from tests.conformance.blobs import Place
from tests.conformance.data_sets import build
from tests.conformance.steps import ACCEPT, push

PATIENCE = 30.0  # seconds; a bound against hanging


def repository_of(place: Place) -> Repository:
    return Repository.objects.get(name=place.name)


def settled(place: Place, wanted: int) -> int:
    """The repository's count, once it is as high as wanted or has not become so."""
    deadline = time.monotonic() + PATIENCE
    while (count := repository_of(place).pull_count) < wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    return count


def test_counts_and_times(place: Place):
    """By tag and by digest, warm and cold; to look (HEAD), and to pull layers, is not to pull."""
    data = build("image")
    push(place, data)
    digest = data.manifests[0].digest
    already = settled(place, 2)  # each push has fetched what its Location leads to
    assert already == 2
    for _ in range(7):
        place.registry.get(place.manifest("image"), headers=ACCEPT).expect(200)
    for _ in range(5):
        place.registry.get(place.manifest(digest), headers=ACCEPT).expect(200)
    for _ in range(6):
        place.registry.head(place.manifest("image"), headers=ACCEPT).expect(200)
        place.registry.get(place.blob(next(iter(data.blobs)))).expect(200)
        place.registry.get(place.manifest("missing"), headers=ACCEPT).expect(404)
    assert settled(place, already + 12) == already + 12
    manifest = Manifest.objects.get(repository__name=place.name, digest=digest)
    assert manifest.pull_count == already + 12
    assert manifest.pull_time == repository_of(place).pull_time is not None
    assert Tag.objects.get(repository__name=place.name, name="image").pull_time is not None


def test_only_what_was_pulled(place: Place):
    """An index is pulled; its children are when somebody pulls them."""
    data = build("index")
    push(place, data)
    pushed = settled(place, len(data.manifests) + 1)
    place.registry.get(place.manifest("index"), headers=ACCEPT).expect(200)
    place.registry.get(place.manifest(data.manifests[0].digest), headers=ACCEPT).expect(200)
    assert settled(place, pushed + 2) == pushed + 2
    counts = dict(Manifest.objects.filter(repository__name=place.name).values_list("digest", "pull_count"))
    first, second, index = (counts[stored.digest] for stored in data.manifests)
    assert (first - second, index - second) == (1, 2)
