"""What is told about projects: how many repositories, how many members of each role."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, QuerySet

from accounts.actors import Actor
from accounts.models import Member
from accounts.permissions import Role
from registry_api.models import Repository

# The roles from the one that may most to the one that may least.
RANKS = (Role.PROJECT_ADMIN, Role.MAINTAINER, Role.DEVELOPER, Role.GUEST, Role.LIMITED_GUEST)


def shown_repositories(project_ids: Collection[int]) -> QuerySet[Repository]:
    """Those that a manifest was pushed to."""
    return Repository.objects.filter(project__in=project_ids, push_time__isnull=False)


def repository_counts(project_ids: Collection[int]) -> dict[int, int]:
    """By project; one without repositories is not in it."""
    rows = shown_repositories(project_ids).order_by().values("project_id").annotate(found=Count("pk"))
    return {row["project_id"]: row["found"] for row in rows}


def roles_by_project(actor: Actor, project_ids: Collection[int]) -> dict[int, list[int]]:
    """What the actor is in each project, the highest role first; a system administrator administers every one."""
    found: dict[int, set[int]] = {pk: {Role.PROJECT_ADMIN} if actor.is_sysadmin else set() for pk in project_ids}
    if actor.is_user:
        rows = Member.objects.of_user(actor.id).filter(project__in=project_ids)
        for project_id, role in rows.values_list("project_id", "role"):
            found[project_id].add(role)
    return {pk: sorted(roles, key=RANKS.index) for pk, roles in found.items()}


def member_counts(project_id: int) -> dict[int, int]:
    """By role; one that nobody has is not in it."""
    rows = Member.objects.filter(project=project_id).order_by().values("role").annotate(found=Count("pk"))
    return {row["role"]: row["found"] for row in rows}
