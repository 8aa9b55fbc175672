"""Rooms of the jobs in the admin."""

from jobs.admin.audit_purges import AuditPurgeAdmin
from jobs.admin.executions import ExecutionAdmin
from jobs.admin.garbage_collections import GarbageCollectionAdmin
from jobs.admin.schedules import ScheduleAdmin
from jobs.admin.scrubs import ScrubAdmin
from jobs.admin.tasks import TaskAdmin
from jobs.admin.workers import WorkerAdmin

__all__ = [
    "AuditPurgeAdmin",
    "ExecutionAdmin",
    "GarbageCollectionAdmin",
    "ScheduleAdmin",
    "ScrubAdmin",
    "TaskAdmin",
    "WorkerAdmin",
]
