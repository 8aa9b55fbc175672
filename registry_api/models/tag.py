"""Tags, and the record of where they pointed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry_api.models.visibility import RepositoryScopedQuerySet


class Tag(models.Model):
    """A name in a repository that points at a manifest. Names sort by byte, as the OCI specification wants."""

    repository = models.ForeignKey(
        "Repository", on_delete=models.CASCADE, related_name="tags", db_index=False, verbose_name=_("repository")
    )
    name = models.CharField(_("name"), max_length=128)
    manifest = models.ForeignKey("Manifest", on_delete=models.CASCADE, related_name="tags")
    push_time = models.DateTimeField(_("last push"))
    pull_time = models.DateTimeField(_("last pull"), null=True)

    objects = RepositoryScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [models.UniqueConstraint(fields=["repository", "name"], name="one_tag_per_name")]

    def __str__(self) -> str:
        return self.name


class TagEvent(models.Model):
    """A tag began to point at a digest, or (digest empty) went away."""

    repository = models.ForeignKey("Repository", on_delete=models.CASCADE, related_name="tag_events", db_index=False)
    name = models.CharField(max_length=128)
    digest = models.CharField(max_length=135, blank=True)
    actor_name = models.CharField(max_length=255)
    time = models.DateTimeField()

    objects = RepositoryScopedQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["repository", "name", "-id"])]

    def __str__(self) -> str:
        return f"{self.name} {self.digest or 'deleted'}"
