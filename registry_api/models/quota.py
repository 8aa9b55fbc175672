"""How much a project may hold: a project, seen from that side."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.models import Project


class Quota(Project):
    """Harbor's quota of a project, whose id it has."""

    class Meta:
        proxy = True
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
