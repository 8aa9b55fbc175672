"""How many bytes projects hold: what is folded, and what has come since."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, F, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL

from accounts.models import Project
from registry_api.models import ProjectUsage, UsageDelta

# Percent of the limit from which on people are warned (Harbor).
NEARLY_FULL = 85


def used_by(project: str) -> str:
    """The bytes that a project holds, as an expression of SQL; ``project`` is the column with its id."""
    folded = f"SELECT u.used FROM registry_api_projectusage u WHERE u.project_id = {project}"  # noqa: S608 - constants
    since = f"SELECT SUM(d.amount) FROM registry_api_usagedelta d WHERE d.project_id = {project}"  # noqa: S608
    return f"(COALESCE(({folded}), 0) + COALESCE(({since}), 0))"


def with_usage(rows: QuerySet[Project]) -> QuerySet[Any]:
    """Projects with ``used``, in bytes."""
    used = RawSQL(used_by("accounts_project.id"), [], output_field=BigIntegerField())  # noqa: S611 - constants only
    return rows.select_related("owner").annotate(used=used)


def nearly_full() -> Q:
    """Of projects :func:`with_usage`. Divided first: times 85, the largest limits are no numbers for a database."""
    return Q(storage_limit__gt=0, used__gte=F("storage_limit") / 100 * NEARLY_FULL)


def stored_bytes() -> int:
    """Of all projects together."""
    folded = ProjectUsage.objects.aggregate(total=Sum("used"))["total"] or 0
    return int(folded + (UsageDelta.objects.aggregate(total=Sum("amount"))["total"] or 0))
