"""A repository: a name below a project that manifests, tags and blobs hang on."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry_api.models.visibility import ProjectScopedQuerySet


class Repository(models.Model):
    """Made by the first push. ``name`` is the full name, project first, as the OCI specification uses it.

    ``push_time`` is null until the first manifest has arrived: a repository that only holds blobs of a push that was
    given up is not shown to anybody.
    """

    project = models.ForeignKey(
        "accounts.Project", on_delete=models.PROTECT, related_name="repositories", db_index=False,
        verbose_name=_("project"),
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=255)
    description = models.TextField(_("description"), blank=True, default="")
    pull_count = models.BigIntegerField(_("pulls"), default=0)
    pull_time = models.DateTimeField(_("last pull"), null=True)
    push_time = models.DateTimeField(_("last push"), null=True)
    creation_time = models.DateTimeField(_("created"), auto_now_add=True)
    update_time = models.DateTimeField(auto_now=True)

    objects = ProjectScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("repository")
        verbose_name_plural = _("repositories")
        # Here and below: a column that an index or constraint begins with has none of its own. Each push pays for each.
        constraints = [models.UniqueConstraint(fields=["name"], name="one_repository_per_name")]
        indexes = [
            models.Index(fields=["project", "name"]),
            models.Index(fields=["project", "-creation_time", "-id"]),
            models.Index(fields=["-creation_time", "-id"], name="repositories_newest_first"),
        ]

    def __str__(self) -> str:
        return self.name
