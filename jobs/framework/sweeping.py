"""Old executions go, so that their tables stay short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TypeVar

from django.db.models import Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from jobs.framework.executions import stop_execution
from jobs.framework.kinds import Kind, all_kinds
from jobs.framework.logs import discard_logs, store_log, stored_logs
from jobs.models import Execution, LogPiece, Task

AT_ONCE = 200
OWN_TIME = timedelta(minutes=5)  # in which a worker stores the log of the task that it has ended
Value = TypeVar("Value")


def sweep_executions() -> int:
    """Deletes ended executions beyond the newest that the kind keeps for each subject, and all of subjects that are
    gone, which are stopped first; how many. Raises what the store raises."""
    return sum(_sweep(kind) for kind in all_kinds())


def store_left_logs() -> int:
    """Moves into the store what ended tasks have left in the database: their worker was killed, they were stopped
    between two tries, or the store was away; how many tasks."""
    a_while_ago = timezone.now() - OWN_TIME
    left = Task.objects.filter(Exists(LogPiece.objects.filter(task=OuterRef("pk"))), end_time__lt=a_while_ago)
    return sum(store_log(task) for task in list(left.order_by("pk")[:AT_ONCE]))


def sweep_lost_logs() -> int:
    """Removes the logs of tasks that are gone, as they go with their project; how many. Raises what the store raises.

    Whoever deletes rows cannot wait for the store, and may be killed before it has answered.
    """
    count = 0
    for stored in stored_logs():
        for part in _parts(stored):
            known = set(Task.objects.filter(job_id__in=part).values_list("job_id", flat=True))
            lost = [job_id for job_id in part if job_id not in known]
            discard_logs(lost)
            count += len(lost)
    return count


def _sweep(kind: Kind) -> int:
    executions = Execution.objects.filter(kind=kind.name)
    doomed = set(_beyond(executions, kind.keep))
    if kind.subjects is not None:
        orphaned = executions.exclude(subject_id__in=kind.subjects().values("pk"))
        for execution in orphaned.filter(end_time=None):
            stop_execution(execution)
        doomed.update(orphaned.filter(end_time__isnull=False).values_list("pk", flat=True))
    for part in _parts(sorted(doomed)):
        # The logs first: rows that are gone could not tell where they lie.
        discard_logs(Task.objects.filter(execution__in=part, log_is_stored=True).values_list("job_id", flat=True))
        Execution.objects.filter(pk__in=part).delete()
    return len(doomed)


def _beyond(executions: QuerySet[Execution], keep: int) -> QuerySet[Execution, int]:
    newest_first = Window(RowNumber(), partition_by=F("subject_id"), order_by=F("pk").desc())
    ended = executions.filter(end_time__isnull=False).annotate(place=newest_first)
    return ended.filter(place__gt=keep).values_list("pk", flat=True)


def _parts(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))
