"""Manifest errors."""

from __future__ import annotations

import secrets

from tests.conformance import steps
from tests.conformance.blobs import Place, random_blob
from tests.conformance.content import DataSet
from tests.conformance.data_sets import build

BAD_DIGEST = "sha256:baddigeststring"


def test_missing_manifest_by_digest(place: Place):
    place.registry.get(place.manifest(random_blob(64).digest)).expect(404)


def test_missing_manifest_by_tag(place: Place):
    place.registry.get(place.manifest(f"missing-{secrets.token_hex(8)}")).expect(404)


def test_invalid_digest_format(place: Place):
    data = build("image")
    stored = data.manifests.pop()
    steps.push(place, DataSet("blobs", blobs=data.blobs))
    sent = {"Content-Type": stored.media_type}
    place.registry.request("PUT", place.manifest(BAD_DIGEST), body=stored.content, headers=sent).expect(400)
    place.registry.get(place.manifest(BAD_DIGEST)).expect(400, 404)


def test_invalid_digest_of_a_subject(place: Place):
    place.registry.get(place.referrers(BAD_DIGEST)).expect(400)
