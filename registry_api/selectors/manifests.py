"""Finding manifests by tag and by digest."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from registry_api import sql
from registry_api.oci.digest import Digest


class ManifestRow(NamedTuple):
    """``content`` is empty when only the head was asked for; ``size`` is in bytes."""

    id: int
    repository_id: int
    digest: str
    media_type: str
    size: int
    content: bytes


HEAD = "SELECT m.id, m.repository_id, m.digest, m.media_type, m.size, "
IN_REPOSITORY = "SELECT digest, id, size, total_size, depth FROM registry_api_manifest WHERE repository_id = %s"
BY_TAG = (
    " FROM registry_api_repository r"
    " JOIN registry_api_tag t ON t.repository_id = r.id"
    " JOIN registry_api_manifest m ON m.id = t.manifest_id"
    " WHERE r.name = %s AND t.name = %s"
)
BY_DIGEST = (
    " FROM registry_api_repository r"
    " JOIN registry_api_manifest m ON m.repository_id = r.id"
    " WHERE r.name = %s AND m.digest = %s"
)
LOOSE = (
    "SELECT 1 FROM registry_api_manifest m WHERE m.id = %s AND m.push_time < %s"
    " AND NOT EXISTS (SELECT 1 FROM registry_api_tag t WHERE t.manifest_id = m.id)"
)


def find_manifest(repository_name: str, reference: Digest | str, *, with_content: bool = True) -> ManifestRow | None:
    """``reference`` is a digest or a tag, as :func:`registry_api.oci.reference.parse_reference` told them apart."""
    where = BY_DIGEST if isinstance(reference, Digest) else BY_TAG
    content = "m.content" if with_content else "NULL"
    found = sql.row(HEAD + content + where, [repository_name, str(reference)])
    if found is None:
        return None
    *head, stored = found
    return ManifestRow._make([*head, bytes(stored or b"")])


def is_loose(manifest_id: int, before: datetime) -> bool:
    """Whether it has no tag and was pushed last before the moment."""
    return bool(sql.rows(LOOSE, [manifest_id, sql.stored(before)]))


class ChildRow(NamedTuple):
    id: int
    size: int
    total_size: int
    depth: int


def manifests_of_repository(repository_id: int, digests: Collection[str]) -> dict[str, ChildRow]:
    """Those of the digests that the repository holds as manifests."""
    found: dict[str, ChildRow] = {}
    for part in sql.batches(digests):
        for digest, *rest in sql.rows(
            IN_REPOSITORY + f" AND digest IN ({sql.placeholders(len(part))})", [repository_id, *part]
        ):
            found[digest] = ChildRow(*rest)
    return found
