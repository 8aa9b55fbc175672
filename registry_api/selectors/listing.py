"""What lists of repositories show, and to whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from accounts.actors import Actor
from accounts.models import Project
from accounts.patterns import matches_any
from accounts.selectors.rights import robot_patterns
from registry_api.models import Manifest, Repository, Tag
from registry_api.selectors.artifacts import standing_alone


def listed_repositories(actor: Actor, project: Project | None = None) -> QuerySet[Repository]:
    """Those that a manifest was pushed to and that the actor may list, in one project or in all.

    What the patterns of a robot leave out is not in it.
    """
    rows = Repository.objects.filter(push_time__isnull=False)
    if project is not None:
        rows = rows.filter(project=project)
    elif not actor.is_sysadmin:
        rows = rows.filter(project__in=Project.objects.allowing(actor, "repository", "list"))
    patterns = robot_patterns(actor)
    if not patterns:
        return rows
    return rows.filter(pk__in=[pk for pk, name in rows.values_list("pk", "name") if matches_any(patterns, name)])


def artifacts_in(actor: Actor, project: Project) -> QuerySet[Manifest]:
    """All manifests in those repositories of the project that the actor may list."""
    if robot_patterns(actor):
        return Manifest.objects.filter(repository__in=listed_repositories(actor, project))
    # The same without a second look at the repositories: one with a manifest was pushed to.
    return Manifest.objects.filter(repository__project=project)


@dataclass(frozen=True)
class Contents:
    """How many a repository has of each. ``below`` are accessories, and parts of indexes that have no tag."""

    artifacts: int = 0
    below: int = 0
    tags: int = 0


def contents_of(repository_ids: Collection[int]) -> dict[int, Contents]:
    """By repository, in three queries; one with nothing in it is in it, too."""
    alone = artifact_counts(repository_ids)
    manifests = _counts(Manifest.objects.filter(repository__in=repository_ids))
    tags = _counts(Tag.objects.filter(repository__in=repository_ids))
    return {
        pk: Contents(alone.get(pk, 0), manifests.get(pk, 0) - alone.get(pk, 0), tags.get(pk, 0))
        for pk in repository_ids
    }


def artifact_counts(repository_ids: Collection[int]) -> dict[int, int]:
    """By repository; one without artifacts is not in it."""
    return _counts(standing_alone(Manifest.objects.filter(repository__in=repository_ids)))


def _counts(rows: QuerySet[Any]) -> dict[int, int]:
    counted = rows.order_by().values("repository_id").annotate(found=Count("pk"))
    return {row["repository_id"]: row["found"] for row in counted}
