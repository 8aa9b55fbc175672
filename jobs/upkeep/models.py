"""Executions of the chores, each with a room of its own in the admin."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jobs.models.execution import Execution


class OfKind(models.Manager[Execution]):
    """Executions of one kind alone; the models have a plain manager, which has them all."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind

    def get_queryset(self) -> models.QuerySet[Execution]:
        return super().get_queryset().filter(kind=self._kind)


class GarbageCollection(Execution):
    objects: ClassVar[OfKind] = OfKind("GARBAGE_COLLECTION")  # type: ignore[assignment]

    class Meta:
        proxy = True
        verbose_name = _("garbage collection")
        verbose_name_plural = _("garbage collections")


class Scrub(Execution):
    objects: ClassVar[OfKind] = OfKind("SCRUB")  # type: ignore[assignment]

    class Meta:
        proxy = True
        verbose_name = _("scrub of stored bytes")
        verbose_name_plural = _("scrubs of stored bytes")


class AuditPurge(Execution):
    objects: ClassVar[OfKind] = OfKind("PURGE_AUDIT_LOG")  # type: ignore[assignment]

    class Meta:
        proxy = True
        verbose_name = _("purge of the audit log")
        verbose_name_plural = _("purges of the audit log")
