"""What lists show of an artifact and only its configuration says."""

from __future__ import annotations

from django.db import models

from registry_api.models.manifest import Manifest


class ManifestAttributes(models.Model):
    """Read from the configuration when a list first asks for it; a row can be thrown away at any time."""

    manifest = models.OneToOneField(Manifest, on_delete=models.CASCADE, primary_key=True, related_name="attributes")
    content = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.manifest_id}"
