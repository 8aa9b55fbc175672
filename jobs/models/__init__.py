"""Rows of the jobs."""

from jobs.models.chores import AuditPurge, GarbageCollection, Scrub
from jobs.models.execution import Execution
from jobs.models.log_piece import LogPiece
from jobs.models.schedule import Schedule
from jobs.models.sign_of_life import SignOfLife
from jobs.models.states import UNFINISHED, Status, Trigger
from jobs.models.task import Task
from jobs.models.worker import PausedKind, Worker

__all__ = [
    "UNFINISHED",
    "AuditPurge",
    "Execution",
    "GarbageCollection",
    "LogPiece",
    "PausedKind",
    "Schedule",
    "Scrub",
    "SignOfLife",
    "Status",
    "Task",
    "Trigger",
    "Worker",
]
