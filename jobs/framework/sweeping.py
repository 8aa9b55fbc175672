"""Old executions go, so that their tables stay short."""

from __future__ import annotations

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from jobs.framework.kinds import all_kinds
from jobs.framework.logs import discard_logs
from jobs.models import Execution, Task

AT_ONCE = 200


def sweep_executions() -> int:
    """Deletes ended executions beyond the newest that the kind keeps for each subject; how many."""
    return sum(_sweep(kind.name, kind.keep) for kind in all_kinds())


def _sweep(kind: str, keep: int) -> int:
    newest_first = Window(RowNumber(), partition_by=F("subject_id"), order_by=F("pk").desc())
    ended = Execution.objects.filter(kind=kind, end_time__isnull=False)
    doomed = list(ended.annotate(place=newest_first).filter(place__gt=keep).values_list("pk", flat=True))
    for start in range(0, len(doomed), AT_ONCE):
        part = doomed[start : start + AT_ONCE]
        # The logs first: rows that are gone could not tell where they lie.
        discard_logs(Task.objects.filter(execution__in=part, log_is_stored=True).values_list("job_id", flat=True))
        Execution.objects.filter(pk__in=part).delete()
    return len(doomed)
