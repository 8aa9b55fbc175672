"""When a job begins by itself."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.words import kind_in_words


class Schedule(models.Model):
    """``cron`` has Harbor's six fields, seconds first; ``cron_type`` is Harbor's word for how it was chosen.

    The one who moves ``next_run_at`` on begins the job: that is how several schedulers begin it once.
    """

    kind = models.CharField(_("kind"), max_length=64)
    subject_id = models.BigIntegerField(_("policy"), default=0)
    cron = models.CharField(_("cron"), max_length=64)
    cron_type = models.CharField(_("type"), max_length=16, default="Custom")
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    paused = models.BooleanField(_("paused"), default=False)
    next_run_at = models.DateTimeField(_("next"))
    creation_time = models.DateTimeField(_("created"), default=timezone.now)
    update_time = models.DateTimeField(_("last change"), default=timezone.now)

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        constraints = [models.UniqueConstraint(fields=["kind", "subject_id"], name="one_schedule_per_subject")]
        indexes = [models.Index(fields=["next_run_at"], name="schedules_by_time")]

    def __str__(self) -> str:
        return f"{kind_in_words(self.kind)} {self.cron}"
