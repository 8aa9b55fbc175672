"""Harbor's tag ``statistic``: how much there is, as far as the caller sees it."""

from __future__ import annotations

from typing import Any, TypedDict

from django.db.models import Count
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Project, Visibility
from accounts.rest.base import RestView
from accounts.rest.operations import Operation
from registry_api.models import Repository
from registry_api.selectors.usage import stored_bytes


class StatisticShown(TypedDict):
    """`total_storage_consumption` is in bytes."""

    private_project_count: int
    private_repo_count: int
    public_project_count: int
    public_repo_count: int
    total_project_count: int
    total_repo_count: int
    total_storage_consumption: int


class StatisticsView(RestView):
    tag = "statistic"
    operations = {"GET": Operation("getStatistic", StatisticShown)}

    def get(self, request: Request) -> Response:
        """Private projects are those that the caller is in; totals are for system administrators (Harbor)."""
        actor = self.require_login()
        seen = Project.objects.visible_to(actor)
        projects = _by_visibility(seen.order_by().values_list("visibility").annotate(found=Count("pk")))
        stored = Repository.objects.filter(project__in=seen, push_time__isnull=False)
        rows = stored.order_by().values_list("project__visibility").annotate(found=Count("pk"))
        repositories = _by_visibility(rows)
        shown: StatisticShown = {
            "private_project_count": projects[Visibility.PRIVATE],
            "private_repo_count": repositories[Visibility.PRIVATE],
            "public_project_count": projects[Visibility.PUBLIC],
            "public_repo_count": repositories[Visibility.PUBLIC],
            "total_project_count": sum(projects.values()) if actor.is_sysadmin else 0,
            "total_repo_count": sum(repositories.values()) if actor.is_sysadmin else 0,
            "total_storage_consumption": stored_bytes() if actor.is_sysadmin else 0,
        }
        return Response(shown)


def _by_visibility(rows: Any) -> dict[str, int]:
    return {**dict.fromkeys(Visibility.values, 0), **dict(rows)}
