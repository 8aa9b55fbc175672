"""What was pushed last, with its tags."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from registry_api.models import Manifest
from registry_api.selectors.artifacts import around, standing_alone


def newest_of(rows: QuerySet[Manifest], most: int) -> list[dict[str, Any]]:
    """``artifact`` and ``tags`` (names) of each; no accessories, and no parts of an index."""
    found = standing_alone(rows).select_related("repository").defer("content").order_by("-push_time", "-pk")
    newest = list(found[:most])
    tags = around(newest).tags
    return [{"artifact": each, "tags": [tag.name for tag in tags[each.pk]]} for each in newest]
