"""How many bytes projects hold: what is folded, and what has come since."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Project
from registry_api.models import ProjectUsage, UsageDelta


def with_usage(rows: QuerySet[Project]) -> QuerySet[Any]:
    """Projects with ``used``, in bytes."""
    deltas = UsageDelta.objects.filter(project=OuterRef("pk")).order_by().values("project")
    since = Subquery(deltas.annotate(total=Sum("amount")).values("total"), output_field=BigIntegerField())
    used = Coalesce(F("usage__used"), 0, output_field=BigIntegerField()) + Coalesce(since, 0)
    return rows.select_related("owner").annotate(used=used)


def stored_bytes() -> int:
    """Of all projects together."""
    folded = ProjectUsage.objects.aggregate(total=Sum("used"))["total"] or 0
    return int(folded + (UsageDelta.objects.aggregate(total=Sum("amount"))["total"] or 0))
