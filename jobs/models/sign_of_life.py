"""Rows of the jobs themselves."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SignOfLife(models.Model):
    """When scheduler, broker and a worker were last seen to work together: the one row says so for all."""

    seen_at = models.DateTimeField(_("seen"), default=timezone.now)

    class Meta:
        verbose_name = _("sign of life")
        verbose_name_plural = _("signs of life")

    def __str__(self) -> str:
        return str(self.seen_at)
