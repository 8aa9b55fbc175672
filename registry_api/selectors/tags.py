"""Listing tags."""

from __future__ import annotations

from collections.abc import Collection

from registry_api import sql

OF_MANIFESTS = "SELECT name, manifest_id FROM registry_api_tag WHERE manifest_id IN"


def tags_page(repository_name: str, after: str, count: int) -> list[str]:
    """Up to ``count`` tag names that sort after ``after``, by byte (OCI: listing tags); none of a repository that does
    not exist."""
    found = sql.rows(
        "SELECT name FROM registry_api_tag"
        " WHERE repository_id = (SELECT id FROM registry_api_repository WHERE name = %s) AND name > %s"
        " ORDER BY name LIMIT %s",
        [repository_name, after, count],
    )
    return [name for (name,) in found]


def tags_of_manifests(manifest_ids: Collection[int]) -> list[tuple[str, int]]:
    """Pairs of a tag's name and its manifest, by name."""
    found: list[tuple[str, int]] = []
    for part in sql.batches(manifest_ids):
        found += sql.rows(f"{OF_MANIFESTS} ({sql.placeholders(len(part))})", part)
    return sorted(found)


def tags_over_manifest(manifest_id: int) -> list[str]:
    """Of the manifest, and of the indexes that it is a part of, however far up."""
    found = sql.rows(
        "WITH RECURSIVE above (id) AS (SELECT CAST(%s AS bigint) UNION"
        " SELECT r.manifest_id FROM registry_api_manifestreference r JOIN above a ON r.child_id = a.id)"
        " SELECT DISTINCT t.name FROM registry_api_tag t JOIN above a ON t.manifest_id = a.id",
        [manifest_id],
    )
    return sorted(name for (name,) in found)


def tags_of_manifest(manifest_id: int) -> list[str]:
    found = sql.rows("SELECT name FROM registry_api_tag WHERE manifest_id = %s ORDER BY name", [manifest_id])
    return [name for (name,) in found]
