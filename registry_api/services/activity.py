"""Counting what is pushed and pulled each day, beside the pushes and pulls and not in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from audit.models import AuditLog
from registry_api import sql
from registry_api.models import Activity, ActivityMark

PUSH = "create_artifact"
# A record is committed some time after the moment that it tells of; what takes longer is not counted.
SETTLED = timedelta(seconds=60)
# How far back the first count goes, and how long days are kept.
KEPT = timedelta(days=400)
ADD = (
    "INSERT INTO registry_api_activity (project_id, day, pushes, pulls)"
    " SELECT p.id, %s, %s, %s FROM accounts_project p WHERE p.id = %s FOR KEY SHARE OF p"
    " ON CONFLICT (day, project_id) DO UPDATE SET pushes = registry_api_activity.pushes + excluded.pushes,"
    " pulls = registry_api_activity.pulls + excluded.pulls"
)


def add_pulls(by_project: Mapping[int, int]) -> None:
    """Inside the caller's transaction. Projects that are gone are left out."""
    day = timezone.now().date()
    for project_id in sorted(by_project):
        sql.send(ADD, [day.isoformat(), 0, by_project[project_id], project_id])


def count_pushes(now: datetime | None = None) -> int:
    """Adds the pushes since the last count; how many. One at a time counts, whoever comes second finds nothing."""
    until = (now or timezone.now()) - SETTLED
    with transaction.atomic():
        ActivityMark.objects.get_or_create(pk=1, defaults={"counted_until": until - KEPT})
        mark = ActivityMark.objects.select_for_update().get(pk=1)
        if mark.counted_until >= until:
            return 0
        rows = AuditLog.objects.filter(
            op_time__gt=mark.counted_until, op_time__lte=until, operation=PUSH, result=True, project_id__isnull=False
        )
        found = rows.order_by().annotate(day=TruncDate("op_time")).values_list("day", "project_id")
        counted = list(found.annotate(count=Count("pk")))
        for day, project_id, count in sorted(counted):
            sql.send(ADD, [day.isoformat(), count, 0, project_id])
        mark.counted_until = until
        mark.save()
        Activity.objects.filter(day__lt=(until - KEPT).date()).delete()
    return sum(count for _day, _project, count in counted)
