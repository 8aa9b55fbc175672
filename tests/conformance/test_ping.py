"""ping, and a repository that nobody has pushed to."""

from __future__ import annotations

import json

from tests.conformance.blobs import Place, random_blob
from tests.conformance.steps import referrers_of


def test_ping(place: Place):
    place.registry.get("/v2/").expect(200)


def test_empty_tag_list(place: Place):
    answer = place.registry.get(place.tags).expect(200, 404)
    if answer.status == 200:
        assert json.loads(answer.body)["tags"] == []


def test_empty_referrers(place: Place):
    assert referrers_of(place, random_blob(32).digest) == []
    assert referrers_of(place, random_blob(32, "sha512").digest) == []
