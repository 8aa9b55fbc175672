"""What belongs to an artifact: its parts, what refers to it or to them, and what belongs to those."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from registry_api import sql
from registry_api.selectors.blobs import BlobRow

COLUMNS = "SELECT m.id, m.digest, m.size, m.depth, m.media_type, m.subject_digest"
ONE = f"{COLUMNS} FROM registry_api_manifest m WHERE m.repository_id = %s AND m.digest = %s"
PARTS = (
    f"{COLUMNS} FROM registry_api_manifestreference f JOIN registry_api_manifest m ON m.id = f.child_id"
    " WHERE m.repository_id = %s AND f.manifest_id IN"
)
# The condition on the empty text lets the database use the index, which leaves out manifests without a subject.
ACCESSORIES = (
    f"{COLUMNS} FROM registry_api_manifest m"
    " WHERE m.repository_id = %s AND m.subject_digest <> '' AND m.subject_digest IN"
)
# Older versions of cosign name the subject in a tag.
SIGNATURES = (
    f"{COLUMNS} FROM registry_api_tag t JOIN registry_api_manifest m ON m.id = t.manifest_id"
    " WHERE t.repository_id = %s AND t.name IN"
)
BLOBS = (
    "SELECT DISTINCT b.id, b.digest, b.size FROM registry_api_manifestreference f"
    " JOIN registry_api_blob b ON b.id = f.blob_id WHERE f.manifest_id IN"
)


class Node(NamedTuple):
    """``size`` is the manifest's own, in bytes; ``depth`` 0 for an image, above that of all its parts for an index."""

    id: int
    digest: str
    size: int
    depth: int
    media_type: str
    subject_digest: str


def find_node(repository_id: int, digest: str) -> Node | None:
    found = sql.row(ONE, [repository_id, digest])
    return Node(*found) if found else None


def graph_of(repository_id: int, root: Node, most: int) -> list[Node]:
    """``root`` and all that belongs to it in its repository, each once; no more is looked for above ``most``."""
    found, level = {root.id: root}, [root]
    while level and len(found) <= most:
        below = {node.id: node for node in _below(repository_id, level)}
        level = [node for node in below.values() if node.id not in found]
        found |= below
    return list(found.values())


def blobs_of(manifest_ids: Collection[int]) -> dict[str, BlobRow]:
    """Configurations and layers of the manifests, by digest; without those that were never uploaded."""
    return {line[1]: BlobRow(*line) for line in _rows(BLOBS, [], manifest_ids)}


def _below(repository_id: int, level: list[Node]) -> list[Node]:
    ids, digests = [node.id for node in level], [node.digest for node in level]
    names = [f"{digest.replace(':', '-')}.sig" for digest in digests]
    return [
        Node(*line)
        for statement, values in ((PARTS, ids), (ACCESSORIES, digests), (SIGNATURES, names))
        for line in _rows(statement, [repository_id], values)
    ]


def _rows(statement: str, first: list[int], values: Collection[object]) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for part in sql.batches(values):
        found += sql.rows(f"{statement} ({sql.placeholders(len(part))})", [*first, *part])
    return found
