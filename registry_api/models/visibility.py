"""Row visibility: what belongs to a project is seen by whoever may see the project's repositories."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models

from accounts.actors import Actor
from accounts.models import Project


class ProjectScopedQuerySet(models.QuerySet):
    """A queryset that narrows itself to the projects which an actor may see."""

    project_lookup: ClassVar[str] = "project"

    def visible_to(self, actor: Actor) -> Self:
        return self.filter(**{f"{self.project_lookup}__in": Project.objects.visible_to(actor)})


class RepositoryScopedQuerySet(ProjectScopedQuerySet):
    project_lookup = "repository__project"
