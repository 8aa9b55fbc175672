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


class QuotaNotice(models.Model):
    """When a project's quota was last the reason of an event, so that not each push tells the same again.

    A warning's row goes when the usage has fallen; that of a refusal is good for a minute.
    """

    class Kind(models.TextChoices):
        WARNING = "warning"
        EXCEEDED = "exceeded"

    project = models.ForeignKey(
        "accounts.Project", on_delete=models.CASCADE, related_name="quota_notices", db_index=False
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    time = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "kind"], name="one_quota_notice_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.project_id}: {self.kind}"
