"""A blob upload that has begun and is not finished."""

from __future__ import annotations

from django.db import models


class UploadSession(models.Model):
    """``received`` is how many bytes are safely taken, and the only truth about it; what lies in the store beyond it is
    cut off. ``hash_state`` lets another process go on hashing there. While a request writes, ``claim`` names it: a
    second one is turned away, and one that comes back late cannot record anything. ``digest`` is what the upload is
    about to become: garbage collection deletes no bytes of that name while the row stands."""

    id = models.CharField(primary_key=True, max_length=36)  # a UUID in its canonical form
    project = models.ForeignKey("accounts.Project", on_delete=models.CASCADE, related_name="+", db_index=False)
    repository_name = models.CharField(max_length=255)
    holder_kind = models.CharField(max_length=16)
    holder_id = models.BigIntegerField()
    algorithm = models.CharField(max_length=8, default="sha256")
    received = models.BigIntegerField(default=0)
    hash_state = models.BinaryField(null=True)
    storage_state = models.JSONField(default=dict)
    claim = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=135, blank=True, default="")
    creation_time = models.DateTimeField()
    touched_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["touched_at"]), models.Index(fields=["repository_name"])]

    def __str__(self) -> str:
        return self.id
