"""What a scrub has found wrong with stored bytes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Problem(models.TextChoices):
    CORRUPT = "corrupt", _("other bytes than the digest says")
    MISSING = "missing", _("no bytes")
    ORPHAN = "orphan", _("bytes that nothing knows of")


class BlobFinding(models.Model):
    """A digest whose bytes are not as the database has it. ``size`` is in bytes: as the database has it, of an orphan
    as the store has it. A finding goes when a later scrub finds nothing wrong any more."""

    digest = models.CharField(_("digest"), max_length=135)
    problem = models.CharField(_("problem"), max_length=8, choices=Problem.choices)
    size = models.BigIntegerField(_("size"))
    detail = models.CharField(_("detail"), max_length=255, blank=True)
    found_at = models.DateTimeField(_("found"))
    seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("damaged blob")
        verbose_name_plural = _("damaged blobs")
        constraints = [models.UniqueConstraint(fields=["digest"], name="one_finding_per_digest")]

    def __str__(self) -> str:
        return self.digest
