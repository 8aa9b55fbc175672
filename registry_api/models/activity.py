"""How much is pushed and pulled, day by day."""

from __future__ import annotations

from django.db import models


class Activity(models.Model):
    """What went in and out of a project on one day (UTC). Pulls are added as they are counted; pushes a little later,
    from the record (:mod:`registry_api.services.activity`)."""

    project = models.ForeignKey("accounts.Project", on_delete=models.CASCADE, related_name="activity", db_index=False)
    day = models.DateField()
    pushes = models.BigIntegerField(default=0)
    pulls = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "project"], name="one_activity_per_day_and_project")]

    def __str__(self) -> str:
        return f"{self.day}: {self.project_id}"


class ActivityMark(models.Model):
    """Up to which record pushes were counted. One row."""

    counted_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.counted_until.isoformat()
