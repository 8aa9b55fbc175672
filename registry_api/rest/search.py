"""Harbor's tag ``search``: projects and repositories by a part of their names."""

from __future__ import annotations

from typing import TypedDict

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Project
from accounts.rest.operations import Operation, Parameter
from accounts.rest.parameters import required_query
from accounts.rest.projects import ProjectView
from registry_api.models import Repository
from registry_api.rest.projects import ProjectShown, show_all
from registry_api.selectors.listing import artifact_counts, listed_repositories

MOST = 200  # of each kind: whoever gets so many has asked for too little of a name


class SearchRepositoryShown(TypedDict):
    project_id: int
    project_name: str
    project_public: bool
    repository_name: str
    pull_count: int
    artifact_count: int


class SearchShown(TypedDict):
    project: list[ProjectShown]
    repository: list[SearchRepositoryShown]


class SearchView(ProjectView):
    tag = "search"
    operations = {
        "GET": Operation(
            "search", SearchShown, asks=(Parameter("q", "A part of a name.", required=True),), is_open=True
        )
    }

    def get(self, request: Request) -> Response:
        wanted = required_query(request, "q")
        projects = Project.objects.visible_to(self.actor).filter(name__icontains=wanted).select_related("owner")
        repositories = listed_repositories(self.actor).filter(name__icontains=wanted).select_related("project")
        shown: SearchShown = {
            "project": show_all(self, list(projects.order_by("name")[:MOST])),
            "repository": show_repositories(list(repositories.order_by("name")[:MOST])),
        }
        return Response(shown)


def show_repositories(rows: list[Repository]) -> list[SearchRepositoryShown]:
    counts = artifact_counts([row.pk for row in rows])
    return [
        {
            "project_id": row.project_id,
            "project_name": row.project.name,
            "project_public": row.project.is_public,
            "repository_name": row.name,
            "pull_count": row.pull_count,
            "artifact_count": counts.get(row.pk, 0),
        }
        for row in rows
    ]
