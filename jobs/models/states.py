"""The words for where a job stands and what began it (Harbor's)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """Of executions and tasks. An execution is never pending: it runs from its beginning."""

    PENDING = "Pending", _("Pending")
    RUNNING = "Running", _("Running")
    SUCCESS = "Success", _("Success")
    ERROR = "Error", _("Error")
    STOPPED = "Stopped", _("Stopped")


class Trigger(models.TextChoices):
    """What began an execution."""

    MANUAL = "MANUAL", _("by hand")
    SCHEDULE = "SCHEDULE", _("by schedule")
    EVENT = "EVENT", _("by an event")


UNFINISHED = (Status.PENDING, Status.RUNNING)
