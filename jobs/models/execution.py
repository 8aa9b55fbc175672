"""One go at a job: it ends when the last of its tasks has ended."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.models.states import Status, Trigger
from jobs.words import kind_in_words


class Execution(models.Model):
    """``kind`` is Harbor's vendor type, ``subject_id`` the policy that it carries out (0: none, the system's own).

    ``single_key`` is held by the one execution that may run at a time, and given up when it ends; ``operator`` is the
    name of who began it. ``result`` is what the kind of job has to report in the end.
    """

    kind = models.CharField(_("kind"), max_length=64)
    subject_id = models.BigIntegerField(_("policy"), default=0)
    project = models.ForeignKey(
        "accounts.Project", on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("project")
    )
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.RUNNING)
    status_message = models.TextField(_("message"), blank=True)
    trigger = models.CharField(_("begun"), max_length=16, choices=Trigger.choices)
    operator = models.CharField(_("by"), max_length=512, blank=True)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    result = models.JSONField(_("result"), default=dict, blank=True)
    single_key = models.CharField(max_length=100, null=True, unique=True)
    start_time = models.DateTimeField(_("start"), default=timezone.now)
    update_time = models.DateTimeField(_("last change"), default=timezone.now)
    end_time = models.DateTimeField(_("end"), null=True)

    class Meta:
        verbose_name = _("execution")
        verbose_name_plural = _("executions")
        indexes = [
            models.Index(fields=["kind", "subject_id", "-id"], name="executions_of_a_subject"),
            models.Index(fields=["status"], condition=models.Q(status=Status.RUNNING), name="running_executions"),
        ]

    def __str__(self) -> str:
        return f"{kind_in_words(self.kind)} {self.pk}"

    @property
    def has_ended(self) -> bool:
        return self.end_time is not None
