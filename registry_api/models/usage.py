"""How many bytes a project holds."""

from __future__ import annotations

from django.db import models


class ProjectUsage(models.Model):
    """The folded part: usage in bytes is ``used`` plus the sum of the deltas that were not folded yet."""

    project = models.OneToOneField("accounts.Project", on_delete=models.CASCADE, primary_key=True, related_name="usage")
    used = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.project_id}: {self.used}"


class UsageDelta(models.Model):
    """Appended by each push and delete, so that parallel pushes never wait on one row; folded by a job."""

    project = models.ForeignKey("accounts.Project", on_delete=models.CASCADE, related_name="usage_deltas")
    amount = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.project_id}: {self.amount:+d}"
