"""Harbor's tag ``statistic``: how much there is, as far as the caller sees it."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Project, Visibility
from accounts.rest.base import RestView
from registry_api.models import Repository
from registry_api.selectors.usage import stored_bytes


class StatisticsView(RestView):
    def get(self, request: Request) -> Response:
        """Private projects are those that the caller is in; totals are for system administrators (Harbor)."""
        actor = self.require_login()
        seen = Project.objects.visible_to(actor)
        projects = _by_visibility(seen.order_by().values_list("visibility").annotate(found=Count("pk")))
        shown = Repository.objects.filter(project__in=seen, push_time__isnull=False)
        rows = shown.order_by().values_list("project__visibility").annotate(found=Count("pk"))
        repositories = _by_visibility(rows)
        told = {f"{word}_project_count": projects[word] for word in Visibility.values}
        told |= {f"{word}_repo_count": repositories[word] for word in Visibility.values}
        if actor.is_sysadmin:
            told["total_project_count"] = sum(projects.values())
            told["total_repo_count"] = sum(repositories.values())
            told["total_storage_consumption"] = stored_bytes()
        else:
            told |= {"total_project_count": 0, "total_repo_count": 0, "total_storage_consumption": 0}
        return Response(told)


def _by_visibility(rows: Any) -> dict[str, int]:
    return {**dict.fromkeys(Visibility.values, 0), **dict(rows)}
