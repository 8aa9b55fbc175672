"""One piece of an execution, done by one worker."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.models.states import Status
from jobs.words import kind_in_words


class Task(models.Model):
    """The row is the queue: a worker takes the oldest one of its queues that is pending and due (``not_before``).

    ``run_count`` counts how often it was begun; whoever began it under an older count has lost it. A running task
    belongs to ``worker`` until ``lease_until``, which is put off while it is worked on. ``failures`` are the beginnings
    that count against the kind's tries. ``done`` of ``total`` (0: not known) are in ``unit``. ``logged`` is no column:
    whoever has claimed the task finds there how many bytes its earlier beginnings have in its log.
    """

    execution = models.ForeignKey("Execution", on_delete=models.CASCADE, related_name="tasks", db_index=False)
    kind = models.CharField(_("kind"), max_length=64)
    queue = models.CharField(_("queue"), max_length=16)
    job_id = models.UUIDField(_("number of the job"), default=uuid.uuid4, unique=True, editable=False)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.PENDING)
    status_message = models.TextField(_("message"), blank=True)
    run_count = models.PositiveIntegerField(_("beginnings"), default=0)
    failures = models.PositiveIntegerField(default=0)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True)
    done = models.BigIntegerField(_("done"), default=0)
    total = models.BigIntegerField(_("of"), default=0)
    unit = models.CharField(_("unit"), max_length=32, blank=True)
    worker = models.CharField(_("worker"), max_length=255, blank=True)
    lease_until = models.DateTimeField(null=True)
    stop_asked = models.BooleanField(default=False)
    log_is_stored = models.BooleanField(default=False)
    not_before = models.DateTimeField(default=timezone.now)
    creation_time = models.DateTimeField(_("created"), default=timezone.now)
    start_time = models.DateTimeField(_("start"), null=True)
    update_time = models.DateTimeField(_("last change"), default=timezone.now)
    end_time = models.DateTimeField(_("end"), null=True)
    logged: int = 0

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        indexes = [
            models.Index(fields=["execution", "status"], name="tasks_of_an_execution"),
            models.Index(
                fields=["queue", "not_before"], condition=models.Q(status=Status.PENDING), name="pending_tasks"
            ),
            models.Index(fields=["lease_until"], condition=models.Q(status=Status.RUNNING), name="running_tasks"),
        ]

    def __str__(self) -> str:
        return f"{kind_in_words(self.kind)} {self.execution_id}/{self.pk}"

    @property
    def has_ended(self) -> bool:
        return self.end_time is not None

    @property
    def percent(self) -> int | None:
        """How far it has come; None where nobody knows how much there is."""
        return min(100, self.done * 100 // self.total) if self.total else None

    @classmethod
    def planned(cls, **fields: Any) -> Task:
        """A pending task that is due at once."""
        now = timezone.now()
        return cls(creation_time=now, update_time=now, not_before=now, **fields)
