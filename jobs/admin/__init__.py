"""Rooms of the jobs in the admin."""

from jobs.admin.executions import ExecutionAdmin
from jobs.admin.schedules import ScheduleAdmin
from jobs.admin.tasks import TaskAdmin
from jobs.admin.workers import WorkerAdmin
from jobs.retention.admin import RetentionPolicyAdmin
from jobs.webhooks.admin import WebhookDeliveryAdmin, WebhookPolicyAdmin

__all__ = [
    "ExecutionAdmin",
    "RetentionPolicyAdmin",
    "ScheduleAdmin",
    "TaskAdmin",
    "WebhookDeliveryAdmin",
    "WebhookPolicyAdmin",
    "WorkerAdmin",
]
