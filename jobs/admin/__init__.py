"""Rooms of the jobs in the admin."""

from jobs.admin.executions import ExecutionAdmin
from jobs.admin.schedules import ScheduleAdmin
from jobs.admin.tasks import TaskAdmin
from jobs.admin.workers import WorkerAdmin
from jobs.gc.admin import GarbageCollectionAdmin
from jobs.purge.admin import AuditPurgeAdmin
from jobs.replication.admin.policies import ReplicationPolicyAdmin
from jobs.retention.admin import RetentionPolicyAdmin
from jobs.scrub.admin import ScrubAdmin
from jobs.webhooks.admin import WebhookDeliveryAdmin, WebhookPolicyAdmin

__all__ = [
    "AuditPurgeAdmin",
    "ExecutionAdmin",
    "GarbageCollectionAdmin",
    "ReplicationPolicyAdmin",
    "RetentionPolicyAdmin",
    "ScheduleAdmin",
    "ScrubAdmin",
    "TaskAdmin",
    "WebhookDeliveryAdmin",
    "WebhookPolicyAdmin",
    "WorkerAdmin",
]
