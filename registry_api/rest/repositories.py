"""Harbor's tag ``repository``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict
from urllib.parse import unquote

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest, NotFound
from accounts.models import Project
from accounts.rest.base import RestView
from accounts.rest.fields import Text
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.operations import FILTER, SORT, Operation, listing
from accounts.rest.projects import ProjectView
from accounts.rest.query import Exactly, Term
from registry_api.models import Repository
from registry_api.selectors.listing import artifact_counts, listed_repositories
from registry_api.services.repositories import delete_repository, describe_repository

FIELDS = {
    "repository_id": Field("pk", number),
    "project_id": Field("project", number),
    "name": Field("name"),
    "description": Field("description"),
    "pull_count": Field("pull_count", number),
    "creation_time": Field("creation_time", time),
    "update_time": Field("update_time", time),
}


class RepositoryDescription(serializers.Serializer[Any]):
    description = Text(required=False, default="")


class RepositoryShown(TypedDict):
    id: int
    project_id: int
    name: str
    description: str
    artifact_count: int
    pull_count: int
    creation_time: datetime
    update_time: datetime


def show_all(rows: list[Repository]) -> list[RepositoryShown]:
    counts = artifact_counts([row.pk for row in rows])
    return [
        {
            "id": row.pk,
            "project_id": row.project_id,
            "name": row.name,
            "description": row.description,
            "artifact_count": counts.get(row.pk, 0),
            "pull_count": row.pull_count,
            "creation_time": row.creation_time,
            "update_time": row.update_time,
        }
        for row in rows
    ]


class ListView(RestView):
    def listed(self, rows: QuerySet[Repository]) -> Response:
        query = self.request.query_params
        rows = filtered(rows, query.get("q", ""), FIELDS, {"blob_digest": _with_blob})
        return self.page_together(ordered(rows, query.get("sort", ""), FIELDS, ("-creation_time",)), show_all)


class AllRepositoriesView(ListView):
    tag = "repository"
    operations = {"GET": listing("listAllRepositories", RepositoryShown, FILTER, SORT, is_open=True)}

    def get(self, request: Request) -> Response:
        return self.listed(listed_repositories(self.actor))


class RepositoriesView(ListView, ProjectView):
    tag = "repository"
    operations = {"GET": listing("listRepositories", RepositoryShown, FILTER, SORT, is_open=True)}

    def get(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project(project_name_or_id, "repository", "list")
        return self.listed(listed_repositories(self.actor, project))


class RepositoryView(ProjectView):
    """What all views of a repository share: finding it."""

    tag = "repository"
    path_words = {
        **ProjectView.path_words,
        "repository_name": "The name without the project's; its slashes are encoded twice: `a%252Fb`.",
    }

    def repository(self, project_name: str, repository_name: str, resource: str, action: str) -> Repository:
        """The repository, if the caller may do this in it. Its slashes are encoded twice (Harbor).

        Raises Unauthenticated, Forbidden, NotFound.
        """
        inner = unquote(repository_name)
        return self._in_project(self.project(project_name, resource, action, repository=inner), inner)

    def repository_named(self, name: str, resource: str, action: str) -> Repository:
        """The same by its full name, as clients of the registry write it."""
        project_name, _, inner = name.partition("/")
        return self._in_project(self.project_named(project_name, resource, action, repository=inner), inner)

    @staticmethod
    def _in_project(project: Project, inner: str) -> Repository:
        name = f"{project.name}/{inner}"
        found = Repository.objects.filter(project=project, name=name).first() if name.isprintable() else None
        if found is None:
            raise NotFound(f"there is no repository {name[:300]}")
        return found


class OneRepositoryView(RepositoryView):
    takes = {"PUT": RepositoryDescription}
    operations = {
        "GET": Operation("getRepository", RepositoryShown, is_open=True),
        "PUT": Operation("updateRepository"),
        "DELETE": Operation("deleteRepository"),
    }

    def get(self, request: Request, project_name_or_id: str, repository_name: str) -> Response:
        return Response(show_all([self.repository(project_name_or_id, repository_name, "repository", "read")])[0])

    def put(self, request: Request, project_name_or_id: str, repository_name: str) -> Response:
        repository = self.repository(project_name_or_id, repository_name, "repository", "update")
        describe_repository(actor=self.actor, repository=repository, description=self.body()["description"])
        return Response()

    def delete(self, request: Request, project_name_or_id: str, repository_name: str) -> Response:
        repository = self.repository(project_name_or_id, repository_name, "repository", "delete")
        delete_repository(actor=self.actor, repository=repository)
        return Response()


def _with_blob(rows: QuerySet[Repository], term: Term) -> QuerySet[Repository]:
    """Other registries ask so for a repository to mount from."""
    if not isinstance(term, Exactly):
        raise BadRequest("blob_digest is one digest", field="q")
    return rows.filter(blob_links__blob__digest=term.value)
