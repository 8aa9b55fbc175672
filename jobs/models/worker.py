"""Who works, and what nobody is to work on."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Worker(models.Model):
    """A process that works on tasks, for as long as it says so. ``slots`` is how many it does at the same time."""

    name = models.CharField(_("name"), max_length=255, unique=True)
    host = models.CharField(_("host"), max_length=255)
    pid = models.PositiveIntegerField(_("process"))
    slots = models.PositiveIntegerField(_("at the same time"))
    queues = models.JSONField(_("queues"), default=list)
    start_time = models.DateTimeField(_("start"))
    seen_at = models.DateTimeField(_("seen"))

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name


class PausedKind(models.Model):
    """Tasks of this kind wait until it is taken off."""

    kind = models.CharField(_("kind"), max_length=64, unique=True)

    class Meta:
        verbose_name = _("paused kind of job")
        verbose_name_plural = _("paused kinds of jobs")

    def __str__(self) -> str:
        return self.kind
