"""What is told about executions of replication."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from jobs.models import Execution, ReplicationPolicy, Task
from jobs.replication.filters import filters_of
from jobs.replication.models import PolicyQuerySet
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


def touching(policies: PolicyQuerySet, project: str) -> PolicyQuerySet:
    """Those that may copy something from the project of this name or to it.

    What comes under a namespace goes by that. All else goes by the pattern of names, which no database can read: so the
    filters of those policies are fetched, and nothing else of them. There are as many as administrators have made by
    hand, however many images there are.
    """
    comes = Q(src_registry__isnull=False)
    under = comes & ~Q(dest_namespace="")
    here = Q(dest_namespace=project) | Q(dest_namespace__startswith=f"{project}/")
    by_name = policies.exclude(under).order_by().values_list("pk", "filters")
    named = [pk for pk, filters in by_name if filters_of(filters).may_take_from(project)]
    return policies.filter((under & here) | Q(pk__in=named))


def counts_of(execution_ids: Collection[int]) -> dict[int, Counter[str]]:
    """How many tasks there are in each status, by execution; one query."""
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    rows = shown_tasks().filter(execution__in=execution_ids).order_by()
    for execution_id, status, count in rows.values_list("execution_id", "status").annotate(Count("pk")):
        found[execution_id][status] = count
    return found
