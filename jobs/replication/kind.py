"""Replication among the kinds of jobs."""

from __future__ import annotations

from jobs.framework.kinds import Kind, Queue, register
from jobs.replication import registries, triggers  # noqa: F401 - they register themselves
from jobs.replication.announcing import announce
from jobs.replication.engine.work import do_task
from jobs.replication.models import ReplicationPolicy
from jobs.replication.services.executions import start_scheduled
from jobs.replication.words import REPLICATION

# More beginnings than Harbor's three: what is there already is passed over, so that each one gets further.
KIND = register(
    Kind(
        REPLICATION,
        do_task,
        queue=Queue.TRANSFER,
        tries=5,
        when_ended=announce,
        on_schedule=start_scheduled,
        subjects=ReplicationPolicy.objects.all,
    )
)
