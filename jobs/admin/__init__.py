"""Rooms of the jobs in the admin."""

from jobs.admin.executions import ExecutionAdmin
from jobs.admin.schedules import ScheduleAdmin
from jobs.admin.tasks import TaskAdmin
from jobs.admin.workers import WorkerAdmin

__all__ = ["ExecutionAdmin", "ScheduleAdmin", "TaskAdmin", "WorkerAdmin"]
