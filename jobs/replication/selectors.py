"""What is told about executions of replication."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery

from jobs.models import Execution, ReplicationPolicy, Task
from jobs.replication.words import REPLICATION, SHOWN


def executions() -> QuerySet[Execution]:
    return Execution.objects.filter(kind=REPLICATION)


def shown_tasks() -> QuerySet[Task]:
    """Those that copy or delete; the planning ones are nobody's business."""
    return Task.objects.filter(kind=REPLICATION, parameters__operation__in=SHOWN)


def with_latest(policies: QuerySet[ReplicationPolicy]) -> QuerySet[Any]:
    """With ``latest_id``, ``latest_status`` and ``latest_start`` of the newest execution of each."""
    newest = executions().filter(subject_id=OuterRef("pk")).order_by("-pk")
    return policies.annotate(
        latest_id=Subquery(newest.values("pk")[:1]),
        latest_status=Subquery(newest.values("status")[:1]),
        latest_start=Subquery(newest.values("start_time")[:1]),
    )


def counts_of(execution_ids: Collection[int]) -> dict[int, Counter[str]]:
    """How many tasks there are in each status, by execution; one query."""
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    rows = shown_tasks().filter(execution__in=execution_ids).order_by()
    for execution_id, status, count in rows.values_list("execution_id", "status").annotate(Count("pk")):
        found[execution_id][status] = count
    return found
