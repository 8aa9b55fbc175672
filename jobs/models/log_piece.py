"""What a running task has to tell."""

from __future__ import annotations

from django.db import models


class LogPiece(models.Model):
    """Lines of a task that has not ended; then they go to the store together (:mod:`jobs.framework.logs`)."""

    task = models.ForeignKey("Task", on_delete=models.CASCADE, related_name="log_pieces")
    text = models.TextField()

    def __str__(self) -> str:
        return self.text[:80]
