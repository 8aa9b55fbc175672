"""What somebody was given, a row for each permission: the same for robots and for personal tokens."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.project import Project


class RobotLevel(models.TextChoices):
    SYSTEM = "system", _("system")
    PROJECT = "project", _("project")


class GivenPermission(models.Model):
    """One thing that the holder may do.

    ``kind`` system: on the whole installation. ``kind`` project: in ``project``, or in every one where that is null.
    The project is a reference, so that one made again under an old name does not inherit the permission.
    """

    kind = models.CharField(max_length=8, choices=RobotLevel.choices)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, related_name="+")
    resource = models.CharField(max_length=64)
    action = models.CharField(max_length=32)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.namespace} {self.resource}:{self.action}"

    @property
    def namespace(self) -> str:
        """Harbor's word for where it holds: ``/`` for the system, a project's name, ``*`` for every project."""
        if self.kind == RobotLevel.SYSTEM:
            return "/"
        return self.project.name if self.project else "*"


def once_each(holder: str) -> list[models.BaseConstraint]:
    """No holder has a permission twice; ``holder`` is the field that refers to it."""
    return [
        models.UniqueConstraint(
            fields=[holder, "kind", "project", "resource", "action"], name=f"one_{holder}_permission_per_project"
        ),
        models.UniqueConstraint(
            fields=[holder, "kind", "resource", "action"],
            condition=Q(project__isnull=True),
            name=f"one_{holder}_permission_everywhere",
        ),
    ]
