"""Vulnerabilities that somebody has looked at and lets pass."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _


class CveAllowlist(models.Model):
    """Of one project, or of the system where ``project`` is null; which of the two counts for a project says its option
    ``reuse_sys_cve_allowlist``. ``expires_at`` null stands for never.
    """

    project = models.OneToOneField(
        "accounts.Project", on_delete=models.CASCADE, null=True, blank=True, related_name="cve_allowlist"
    )
    cve_ids = models.JSONField(_("CVEs"), default=list, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    creation_time = models.DateTimeField(_("created"), auto_now_add=True)
    update_time = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("CVE allowlist")
        verbose_name_plural = _("CVE allowlists")
        constraints = [
            # To a plain constraint two nulls are two different projects.
            models.UniqueConstraint(Coalesce("project", 0), name="one_cve_allowlist_of_the_system"),
        ]

    def __str__(self) -> str:
        return f"{self.project_id or 'system'}: {len(self.cve_ids)}"
