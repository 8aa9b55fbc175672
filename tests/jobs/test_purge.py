"""A purge of the audit log reports what it has deleted, also when it was stopped on its way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM
from audit import purging
from audit.models import AuditLog
from jobs.framework.claiming import claim_task
from jobs.framework.run import Run
from jobs.framework.working import conclude, outcome_of
from jobs.models import Status
from jobs.purge.kind import PURGE
from jobs.upkeep.chores import start_chore

pytestmark = pytest.mark.django_db


def test_one_that_is_stopped_says_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "STRETCH", 1)
    long_ago = timezone.now() - timedelta(days=4000)
    for _ in range(3):
        AuditLog.objects.create(op_time=long_ago, operation="pull_artifact")
    given = {"audit_retention_hour": 24, "include_event_types": "pull_artifact"}
    execution = start_chore(actor=SYSTEM, chore=PURGE, parameters=PURGE.read(given))
    task = claim_task(PURGE.kind.queue, "the test")
    assert task is not None
    run = Run(task, execution, time_limit=60)
    progress = run.progress

    def stop_after_two(done: int, total: int | None = None, unit: str = "") -> None:
        progress(done, total, unit)
        if done == 2:
            run.stop("enough")

    monkeypatch.setattr(run, "progress", stop_after_two)
    conclude(task, run, outcome_of(run, PURGE.kind.work))
    execution.refresh_from_db()
    assert (execution.status, execution.result) == (Status.STOPPED, {"purged_records": 2})
    assert AuditLog.objects.filter(operation="pull_artifact").count() == 1
    assert AuditLog.objects.get(operation="purge_audit_log").detail["purged_records"] == 2
