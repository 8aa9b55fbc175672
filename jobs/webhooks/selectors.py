"""What was delivered for webhooks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Max, QuerySet

from jobs.models import WEBHOOK_KINDS, Execution, Task, WebhookPolicy


def executions_of(policy: WebhookPolicy) -> QuerySet[Execution]:
    return Execution.objects.filter(kind__in=WEBHOOK_KINDS, subject_id=policy.pk)


def tasks_of(policy: WebhookPolicy) -> QuerySet[Task]:
    return Task.objects.filter(execution__in=executions_of(policy))


def task_counts(executions: Iterable[Execution]) -> dict[int, dict[str, int]]:
    """How many tasks of each of the executions there are in each status, with one query."""
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    tasks = Task.objects.filter(execution__in=[each.pk for each in executions]).order_by()
    for execution_id, status, count in tasks.values_list("execution_id", "status").annotate(Count("pk")):
        found[execution_id][status] = count
    return found


def last_triggers(policies: Iterable[WebhookPolicy]) -> dict[tuple[int, str], datetime]:
    """By webhook and type of event the last time that it was told of, as far as executions are kept."""
    executions = Execution.objects.filter(kind__in=WEBHOOK_KINDS, subject_id__in=[policy.pk for policy in policies])
    found = executions.order_by().values_list("subject_id", "parameters__event_type").annotate(Max("start_time"))
    return {(subject_id, event_type): moment for subject_id, event_type, moment in found}
