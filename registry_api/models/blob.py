"""Blobs: one row for each digest stored, and who may see it."""

from __future__ import annotations

from django.db import models


class BlobState(models.TextChoices):
    STORED = "stored"
    CONDEMNED = "condemned"  # unreferenced and past its grace time; a mount, HEAD or push still rescues it
    DELETING = "deleting"  # its bytes are being removed; counts as absent


class Blob(models.Model):
    """The bytes of one digest are in the store. ``size`` is in bytes."""

    digest = models.CharField(max_length=135)
    size = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=BlobState.choices, default=BlobState.STORED)
    touched_at = models.DateTimeField()
    creation_time = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest"], name="one_blob_per_digest")]
        indexes = [models.Index(fields=["state", "touched_at"])]

    def __str__(self) -> str:
        return self.digest


class RepositoryBlob(models.Model):
    """Decides visibility: a digest exists for a repository only when this row does, however many others hold it.

    ``touched_at`` is when the blob was last pushed, mounted or, roughly, asked for here: whoever did so may be about to
    push a manifest that names it, so that garbage collection leaves a young link alone.
    """

    repository = models.ForeignKey("Repository", on_delete=models.CASCADE, related_name="blob_links", db_index=False)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="repository_links")
    touched_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "blob"], name="one_link_per_repository_and_blob")]

    def __str__(self) -> str:
        return f"{self.repository_id}:{self.blob_id}"


class ProjectBlob(models.Model):
    """A blob counts once for a project's quota; the row that was inserted first is the one that counted it."""

    project = models.ForeignKey("accounts.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="project_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "blob"], name="one_count_per_project_and_blob")]

    def __str__(self) -> str:
        return f"{self.project_id}:{self.blob_id}"
