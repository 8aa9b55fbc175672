"""Which manifests name another one as their subject (OCI: listing referrers)."""

from __future__ import annotations

import json
from typing import Any

from registry_api import sql


def referrers_page(
    repository_name: str, subject: str, artifact_type: str, after: int, count: int
) -> list[tuple[int, dict[str, Any]]]:
    """Up to ``count`` pairs of row id and descriptor, for manifests whose id is above ``after``, oldest first.

    ``artifact_type`` empty means any.
    """
    found = sql.rows(
        "SELECT m.id, m.media_type, m.digest, m.size, m.artifact_type, m.annotations"
        " FROM registry_api_repository r JOIN registry_api_manifest m ON m.repository_id = r.id"
        # The third condition lets the database use the index, which leaves out manifests without a subject.
        " WHERE r.name = %s AND m.subject_digest = %s AND m.subject_digest <> '' AND m.id > %s"
        " AND (%s = '' OR m.artifact_type = %s)"
        " ORDER BY m.id LIMIT %s",
        [repository_name, subject, after, artifact_type, artifact_type, count],
    )
    return [(line[0], descriptor(*line[1:])) for line in found]


def descriptor(media_type: str, digest: str, size: int, artifact_type: str, annotations: Any) -> dict[str, Any]:
    """The descriptor of a referrer; an index without an artifact type has none."""
    made: dict[str, Any] = {"mediaType": media_type, "digest": digest, "size": size}
    if artifact_type:
        made["artifactType"] = artifact_type
    notes = json.loads(annotations) if isinstance(annotations, str) else annotations
    if notes:
        made["annotations"] = notes
    return made
