"""The record of who did what."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.words import name_in_words


class AuditLog(models.Model):
    """One thing that somebody did, or was refused (``result`` false). Rows are added and never changed.

    Nothing here is a foreign key: the record outlives what it speaks of. Ids and names are as they were at the time;
    ``project_id`` is null for what concerns no project. ``detail`` is what the operation adds, such as the values
    before and after; secrets never stand in it.
    """

    op_time = models.DateTimeField(_("time"))
    operation = models.CharField(_("operation"), max_length=50)
    resource_type = models.CharField(_("kind of resource"), max_length=64)
    resource = models.CharField(_("resource"), max_length=1024)
    username = models.CharField(_("by"), max_length=512)
    actor_kind = models.CharField(_("kind of actor"), max_length=16)
    actor_id = models.BigIntegerField(default=0)
    project_id = models.BigIntegerField(null=True)
    project_name = models.CharField(_("project"), max_length=255, blank=True)
    result = models.BooleanField(_("allowed"), default=True)
    source_address = models.CharField(_("from"), max_length=64, blank=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    client = models.CharField(_("client"), max_length=255, blank=True)
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("audit record")
        verbose_name_plural = _("audit records")
        indexes = [
            # Few, since each push pays for them: by time for everybody's log, by project for a project's.
            models.Index(fields=["op_time"], name="audit_by_time"),
            models.Index(fields=["project_id", "id"], name="audit_by_project"),
        ]

    def __str__(self) -> str:
        return f"{self.username} {name_in_words(self.operation)} {self.resource}"
