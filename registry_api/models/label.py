"""Labels: words that people hang on artifacts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Label(models.Model):
    """Of one project, or global where ``project`` is null. ``color`` is ``#rrggbb``, or empty."""

    project = models.ForeignKey(
        "accounts.Project", on_delete=models.CASCADE, null=True, blank=True, db_index=False, related_name="labels",
        verbose_name=_("project"),
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=128)
    description = models.CharField(_("description"), max_length=1024, blank=True)
    color = models.CharField(_("colour"), max_length=16, blank=True)
    creation_time = models.DateTimeField(_("created"), auto_now_add=True)
    update_time = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="one_label_per_name_and_project"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(project__isnull=True), name="one_global_label_per_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ManifestLabel(models.Model):
    """A label hangs on an artifact."""

    manifest = models.ForeignKey("Manifest", on_delete=models.CASCADE, related_name="label_links", db_index=False)
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="manifest_links")
    creation_time = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["manifest", "label"], name="one_link_per_manifest_and_label")]

    def __str__(self) -> str:
        return f"{self.manifest_id}: {self.label_id}"
