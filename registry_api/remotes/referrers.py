"""Referrers of a manifest (OCI distribution-spec, "Listing Referrers" and "Referrers Tag Schema").

Where the registry has no such list, clients keep one themselves: an index under a tag made of the subject's digest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from registry_api.oci.descriptor import read_descriptors
from registry_api.oci.digest import Digest
from registry_api.oci.document import read_document
from registry_api.oci.errors import ManifestInvalid
from registry_api.oci.manifest import ParsedManifest, parse_manifest
from registry_api.oci.media_types import OCI_INDEX, without_parameters
from registry_api.remotes.contract import Descriptor, Manifest, Repository
from registry_api.remotes.errors import BadAnswer, NotThere
from registry_api.remotes.links import next_page, page_numbers
from registry_api.remotes.session import Session
from registry_api.remotes.tokens import Scopes

LONGEST_HEX = 64
NO_SUCH_LIST = (400, 404, 405)
LARGEST_INDEX = 4 << 20  # bytes


def fallback_tag(digest: Digest) -> str:
    return f"{digest.algorithm}-{digest.encoded[:LONGEST_HEX]}"


def referrers_of(session: Session, repository: Repository, scopes: Scopes, digest: Digest) -> Iterator[Descriptor]:
    """Raises BadAnswer."""
    following: str | None = f"/v2/{repository.name}/referrers/{digest}"
    for _ in page_numbers():
        answer = session.ask("GET", str(following), scopes=scopes, fine=NO_SUCH_LIST, limit=LARGEST_INDEX)
        if answer.status != 200 or without_parameters(answer.headers.get("Content-Type", "")) != OCI_INDEX:
            break
        yield from _listed(answer.body)
        following = next_page(answer.url, answer.headers)
        if following is None:
            return
    kept = _kept(repository, digest)
    if kept is not None:
        yield from _listed(kept.content)


def keep_referrer(session: Session, repository: Repository, manifest: Manifest) -> None:
    """Adds a manifest to its subject's list; nothing where it has no subject. Raises BadAnswer."""
    parsed = _parsed(manifest)
    if parsed is None or parsed.subject is None:
        return
    entry: dict[str, Any] = {
        "mediaType": parsed.media_type,
        "digest": manifest.digest,
        "size": len(manifest.content),
        **({"artifactType": parsed.artifact_type} if parsed.artifact_type else {}),
        **({"annotations": parsed.annotations} if parsed.annotations else {}),
    }
    # Read and written again: two that refer to the same subject must not overwrite each other's entry.
    with session.keeping_referrers:
        kept = _kept(repository, parsed.subject.digest)
        entries = _entries(kept.content) if kept else []
        if all(each["digest"] != manifest.digest for each in entries):
            repository.put_manifest(fallback_tag(parsed.subject.digest), _index([*entries, entry]))


def drop_referrer(session: Session, repository: Repository, manifest: Manifest) -> None:
    """Takes a manifest that was deleted off its subject's list, where there is such a list. Raises BadAnswer."""
    parsed = _parsed(manifest)
    if parsed is None or parsed.subject is None:
        return
    with session.keeping_referrers:
        kept = _kept(repository, parsed.subject.digest)
        entries = _entries(kept.content) if kept else []
        rest = [each for each in entries if each["digest"] != manifest.digest]
        if len(rest) < len(entries):
            repository.put_manifest(fallback_tag(parsed.subject.digest), _index(rest))


def _parsed(manifest: Manifest) -> ParsedManifest | None:
    """None for what we cannot read: the registry has taken it, so it is not ours to judge."""
    try:
        return parse_manifest(manifest.content, manifest.media_type)
    except ManifestInvalid:
        return None


def _kept(repository: Repository, digest: Digest) -> Manifest | None:
    try:
        return repository.get_manifest(fallback_tag(digest))
    except NotThere:
        return None


def _index(entries: list[dict[str, Any]]) -> Manifest:
    content = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}).encode()
    return Manifest(content, OCI_INDEX, str(Digest.of(content)))


def _entries(content: bytes) -> list[dict[str, Any]]:
    """As they were written, known to be descriptors."""
    _listed(content)
    return json.loads(content).get("manifests") or []


def _listed(content: bytes) -> list[Descriptor]:
    try:
        found = read_descriptors(read_document(content).get("manifests"), "manifests")
    except ManifestInvalid as error:
        raise BadAnswer(f"the list of referrers cannot be read: {error.message}") from error
    return [
        Descriptor(str(each.digest), each.media_type, each.size, each.artifact_type, each.annotations) for each in found
    ]
