"""What a project keeps of its artifacts and tags."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from jobs.retention.engine.documents import read_policy
from jobs.retention.engine.policy import Policy
from registry_api.models.visibility import ProjectScopedQuerySet


class RetentionPolicy(models.Model):
    """One for each project. ``rules`` are stored as Harbor's clients read them; when it runs is a schedule."""

    project = models.OneToOneField(
        "accounts.Project", on_delete=models.CASCADE, related_name="retention_policy", verbose_name=_("project")
    )
    algorithm = models.CharField(_("rules together"), max_length=8, default="or")
    rules: models.JSONField[list[Any], list[Any]] = models.JSONField(_("rules"), default=list, blank=True)
    creation_time = models.DateTimeField(_("created"), auto_now_add=True)
    update_time = models.DateTimeField(_("changed"), auto_now=True)

    objects = ProjectScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("retention policy")
        verbose_name_plural = _("retention policies")

    def __str__(self) -> str:
        return str(self.project)

    @property
    def policy(self) -> Policy:
        """The rules ready for use."""
        return read_policy(self.algorithm, self.rules)
