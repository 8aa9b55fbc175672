"""Rooms of the jobs in the admin."""

from jobs.admin.audit_purges import AuditPurgeAdmin
from jobs.admin.executions import ExecutionAdmin
from jobs.admin.garbage_collections import GarbageCollectionAdmin
from jobs.admin.replication import ReplicationPolicyAdmin
from jobs.admin.schedules import ScheduleAdmin
from jobs.admin.scrubs import ScrubAdmin
from jobs.admin.tasks import TaskAdmin
from jobs.admin.workers import WorkerAdmin
from jobs.retention.admin import RetentionPolicyAdmin
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
