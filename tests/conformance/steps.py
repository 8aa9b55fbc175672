"""What is done with each data set: push, list tags, look, pull, list referrers, delete; each step asks all it can."""

from __future__ import annotations

import json
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

from tests.conformance.blobs import (
    PUSHES,
    Blob,
    Place,
    check_created,
    check_delete,
    check_digest,
    check_head,
    check_pull,
)
from tests.conformance.client import Answer
from tests.conformance.content import INDEX, DataSet, Stored

ACCEPT = {"Accept": "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"}


def push(place: Place, data: DataSet, *, tag_parameters: bool = False) -> None:
    """Blobs by one way after the other, manifests by digest, then tags: each in its own push, or as parameters."""
    for (digest, content), way in zip(data.blobs.items(), cycle(PUSHES.values()), strict=False):
        blob = Blob(digest, content)
        check_created(place, way(place, blob), blob)
    for stored in data.manifests:
        tags = [tag for tag, digest in data.tags.items() if digest == stored.digest] if tag_parameters else []
        answer = put_manifest(place, stored, stored.digest, tags)
        named = [tag.strip() for line in answer.values("OCI-Tag") for tag in line.split(",")]
        assert set(tags) <= set(named), f"{answer}: OCI-Tag names {named}, not all of {tags}"
    if not tag_parameters:
        for tag, digest in data.tags.items():
            put_manifest(place, manifest(data, digest), tag)


def put_manifest(place: Place, stored: Stored, reference: str, tags: list[str] | None = None) -> Answer:
    address = place.manifest(reference) + (f"?{urlencode([('tag', tag) for tag in tags])}" if tags else "")
    sent = {"Content-Type": stored.media_type}
    answer = place.registry.request("PUT", address, body=stored.content, headers=sent).expect(201)
    check_digest(place, answer, stored.digest)
    if stored.subject:
        assert answer.header("OCI-Subject") == stored.subject, answer
    check_manifest(place, place.registry.get(answer.location, headers=ACCEPT), stored)
    return answer


def manifest(data: DataSet, digest: str) -> Stored:
    return next(stored for stored in data.manifests if stored.digest == digest)


def check_manifest(place: Place, answer: Answer, stored: Stored) -> None:
    """The very bytes that were pushed; a HEAD tells the same about them."""
    answer.expect(200)
    assert answer.body == (stored.content if answer.method == "GET" else b""), f"{answer}: other bytes"
    assert answer.header("Content-Type") == stored.media_type, answer
    assert answer.header("Content-Length") == str(len(stored.content)), answer
    assert answer.header("Content-Encoding") is None, answer
    check_digest(place, answer, stored.digest)


def list_tags(place: Place, data: DataSet) -> None:
    found = tags_of(place)
    assert set(data.tags) <= set(found)
    assert found == sorted(found)
    for position, last in enumerate(found):
        assert tags_of(place, last=last) == found[position + 1 :], f"after {last}"


def tags_of(place: Place, **parameters: str) -> list[str]:
    answer = place.registry.get(f"{place.tags}?{urlencode(parameters)}").expect(200)
    listed = json.loads(answer.body)
    assert listed["name"] == place.name
    return list(listed["tags"])


def look(place: Place, data: DataSet) -> None:
    for reference, stored in references(data):
        check_manifest(place, place.registry.head(place.manifest(reference), headers=ACCEPT), stored)
    for digest, content in data.blobs.items():
        check_head(place, Blob(digest, content))


def pull(place: Place, data: DataSet) -> None:
    for reference, stored in references(data):
        check_manifest(place, place.registry.get(place.manifest(reference), headers=ACCEPT), stored)
    for digest, content in data.blobs.items():
        check_pull(place, Blob(digest, content))


def references(data: DataSet) -> list[tuple[str, Stored]]:
    by_tag = [(tag, manifest(data, digest)) for tag, digest in data.tags.items()]
    return by_tag + [(stored.digest, stored) for stored in data.manifests]


def list_referrers(place: Place, data: DataSet) -> None:
    for subject, expected in data.referrers.items():
        same_descriptors(referrers_of(place, subject), expected)
        for artifact_type in {descriptor.get("artifactType", "") for descriptor in expected} - {""}:
            fitting = [each for each in expected if each.get("artifactType") == artifact_type]
            same_descriptors(referrers_of(place, subject, artifact_type), fitting)


def referrers_of(place: Place, subject: str, artifact_type: str = "") -> list[dict[str, Any]]:
    address = place.referrers(subject) + (f"?{urlencode({'artifactType': artifact_type})}" if artifact_type else "")
    answer = place.registry.get(address).expect(200)
    assert answer.header("Content-Type") == INDEX, answer
    assert answer.header("OCI-Filters-Applied") == ("artifactType" if artifact_type else None), answer
    index = json.loads(answer.body)
    assert (index["schemaVersion"], index["mediaType"]) == (2, INDEX), answer
    return list(index["manifests"])


def same_descriptors(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert sorted(map(_as_text, found)) == sorted(map(_as_text, expected))


def _as_text(descriptor: dict[str, Any]) -> str:
    return json.dumps(descriptor, sort_keys=True)


def delete(place: Place, data: DataSet) -> None:
    """Tags first: that leaves their manifests. Then manifests, parents before children, then blobs."""
    for tag, digest in data.tags.items():
        place.registry.request("DELETE", place.manifest(tag)).expect(202)
        place.registry.head(place.manifest(tag), headers=ACCEPT).expect(404)
        place.registry.head(place.manifest(digest), headers=ACCEPT).expect(200)
    for stored in reversed(data.manifests):
        place.registry.request("DELETE", place.manifest(stored.digest)).expect(202)
        place.registry.head(place.manifest(stored.digest), headers=ACCEPT).expect(404)
    for subject in data.referrers:
        assert referrers_of(place, subject) == []
    for digest in data.blobs:
        check_delete(place, digest)
