"""Rows of the jobs."""

from jobs.models.chores import AuditPurge, GarbageCollection, Scrub
from jobs.models.execution import Execution
from jobs.models.log_piece import LogPiece
from jobs.models.retention_policy import RetentionPolicy
from jobs.models.schedule import Schedule
from jobs.models.sign_of_life import SignOfLife
from jobs.models.states import UNFINISHED, Status, Trigger
from jobs.models.task import Task
from jobs.models.webhook_policy import WEBHOOK_KINDS, WebhookDelivery, WebhookPolicy
from jobs.models.worker import PausedKind, Worker
from jobs.replication.models import BlobTurn, ReplicationPolicy

__all__ = [
    "UNFINISHED",
    "WEBHOOK_KINDS",
    "AuditPurge",
    "BlobTurn",
    "Execution",
    "GarbageCollection",
    "LogPiece",
    "PausedKind",
    "ReplicationPolicy",
    "RetentionPolicy",
    "Schedule",
    "Scrub",
    "SignOfLife",
    "Status",
    "Task",
    "Trigger",
    "WebhookDelivery",
    "WebhookPolicy",
    "Worker",
]
