"""Manifests, and what they refer to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry_api.models.visibility import RepositoryScopedQuerySet


class Manifest(models.Model):
    """One manifest of one repository; ``content`` is kept byte for byte, since its digest is its name.

    ``size`` counts the manifest's own bytes, ``total_size`` adds what it names: config and layers, or child manifests.
    ``subject_digest`` and ``artifact_type`` answer the referrers API (OCI distribution-spec, listing referrers).
    """

    repository = models.ForeignKey(
        "Repository", on_delete=models.CASCADE, related_name="manifests", db_index=False, verbose_name=_("repository")
    )
    digest = models.CharField(_("digest"), max_length=135)
    media_type = models.CharField(max_length=255)
    artifact_type = models.CharField(max_length=255, blank=True)
    config_media_type = models.CharField(max_length=255, blank=True)
    subject_digest = models.CharField(max_length=135, blank=True)
    content = models.BinaryField()
    size = models.BigIntegerField()
    total_size = models.BigIntegerField()
    depth = models.PositiveSmallIntegerField(default=0)  # 0 for an image, one more than its deepest child for an index
    annotations = models.JSONField(default=dict)
    push_time = models.DateTimeField(_("last push"))
    pull_time = models.DateTimeField(_("last pull"), null=True)
    pull_count = models.BigIntegerField(_("pulls"), default=0)

    objects = RepositoryScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("artifact")
        verbose_name_plural = _("artifacts")
        constraints = [models.UniqueConstraint(fields=["repository", "digest"], name="one_manifest_per_digest")]
        indexes = [
            # People look for an artifact by its digest alone.
            models.Index(fields=["digest"], name="manifests_by_digest"),
            # Most manifests have no subject, and need no place in this one.
            models.Index(
                fields=["repository", "subject_digest", "id"], condition=~Q(subject_digest=""), name="referrers"
            ),
            # The lists of artifacts and their numbers come from this one alone: rows are wide.
            models.Index(
                fields=["repository", "-push_time", "-id"],
                condition=Q(subject_digest=""),
                name="artifacts_newest_first",
            ),
        ]

    def __str__(self) -> str:
        return self.digest


class ReferenceKind(models.TextChoices):
    CONFIG = "config"
    LAYER = "layer"
    MANIFEST = "manifest"


class ManifestReference(models.Model):
    """One descriptor inside a manifest. ``blob`` keeps the bytes from being collected; it is null for a layer that is
    never uploaded (non-distributable). ``child`` is null when the child manifest was deleted later."""

    manifest = models.ForeignKey(Manifest, on_delete=models.CASCADE, related_name="references", db_index=False)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=ReferenceKind.choices)
    digest = models.CharField(max_length=135)
    media_type = models.CharField(max_length=255)
    size = models.BigIntegerField()
    blob = models.ForeignKey("Blob", on_delete=models.PROTECT, null=True, related_name="references")
    child = models.ForeignKey(Manifest, on_delete=models.SET_NULL, null=True, related_name="parents", db_index=False)
    platform = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["manifest", "position"], name="one_reference_per_position")]
        indexes = [models.Index(fields=["child"], condition=Q(child__isnull=False), name="parents")]

    def __str__(self) -> str:
        return f"{self.manifest_id}[{self.position}] {self.digest}"
