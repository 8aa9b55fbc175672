"""Rows of the jobs."""

from jobs.models.execution import Execution
from jobs.models.log_piece import LogPiece
from jobs.models.schedule import Schedule
from jobs.models.sign_of_life import SignOfLife
from jobs.models.states import UNFINISHED, Status, Trigger
from jobs.models.task import Task
from jobs.models.worker import PausedKind, Worker
from jobs.replication.models import BlobTurn, ReplicationPolicy
from jobs.retention.models import RetentionPolicy
from jobs.upkeep.models import AuditPurge, GarbageCollection, Scrub
from jobs.webhooks.models import WEBHOOK_KINDS, WebhookDelivery, WebhookPolicy

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
