"""Harbor's tag ``artifact``, and the artifacts of a whole project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotFound
from accounts.rest.filters import filtered, ordered
from accounts.rest.parameters import flag
from accounts.rest.query import parse_q
from registry_api.models import Manifest, Tag
from registry_api.oci.reference import parse_reference
from registry_api.rest.artifact_queries import FIELDS, NEWEST, SPECIAL
from registry_api.rest.artifact_views import show_artifact
from registry_api.rest.repositories import RepositoryView
from registry_api.selectors.artifacts import (
    around,
    find_artifact,
    newest_of_each,
    standing_alone,
    without_accessories,
)
from registry_api.selectors.listing import listed_repositories
from registry_api.services.artifacts import delete_artifact
from registry_api.services.attributes import attributes_of
from registry_api.services.immutability import immutable_among


class ArtifactView(RepositoryView):
    """What all views of artifacts share: finding one, and showing a page of them."""

    def artifact(self, where: Mapping[str, str], resource: str, action: str) -> Manifest:
        """The artifact by digest or tag, if the caller may do this in its repository.

        Raises Unauthenticated, Forbidden, NotFound, and DigestInvalid or TagInvalid for what is neither.
        """
        repository = self.repository(where["project_name_or_id"], where["repository_name"], resource, action)
        found = find_artifact(repository.pk, parse_reference(where["reference"]))
        if found is None:
            raise NotFound(f"there is no artifact {where['reference'][:200]} in {repository.name}")
        return found

    def wants(self, name: str, default: bool) -> bool:
        return flag(self.request.query_params.get(f"with_{name}") or str(default))

    def show(self, manifests: list[Manifest]) -> list[Mapping[str, Any]]:
        found = around(
            manifests,
            tags=self.wants("tag", True),
            accessories=self.wants("accessory", False),
            labels=self.wants("label", False),
        )
        attributes = attributes_of(manifests)
        fixed = self._fixed(manifests, found.tags) if self.wants("immutable_status", False) else {}
        return [
            show_artifact(each, found, attributes.get(each.pk, {}), fixed.get(each.repository_id)) for each in manifests
        ]

    @staticmethod
    def _fixed(manifests: list[Manifest], tags: Mapping[int, list[Tag]]) -> dict[int, frozenset[str]]:
        """Names of immutable tags, by repository."""
        names: dict[int, list[str]] = {}
        for each in manifests:
            names.setdefault(each.repository_id, []).extend(tag.name for tag in tags.get(each.pk, ()))
        repositories = {each.repository_id: each.repository for each in manifests}
        return {
            pk: frozenset(immutable_among(repositories[pk].project_id, repositories[pk].name, found))
            for pk, found in names.items()
        }

    def listed(self, rows: QuerySet[Manifest]) -> Response:
        query = self.request.query_params
        q = query.get("q", "")
        rows = without_accessories(rows) if "base" in parse_q(q) else standing_alone(rows)
        rows = filtered(rows.select_related("repository").defer("content"), q, FIELDS, SPECIAL)
        return self.page_together(ordered(rows, query.get("sort", ""), FIELDS, NEWEST), self.show)


class ArtifactsView(ArtifactView):
    def get(self, request: Request, project_name_or_id: str, repository_name: str) -> Response:
        repository = self.repository(project_name_or_id, repository_name, "artifact", "list")
        return self.listed(Manifest.objects.filter(repository=repository))


class ProjectArtifactsView(ArtifactView):
    def get(self, request: Request, project_name_or_id: str) -> Response:
        self.require_login()
        project = self.project(project_name_or_id, "artifact", "list")
        rows: QuerySet[Manifest] = Manifest.objects.filter(repository__in=listed_repositories(self.actor, project))
        if flag(request.query_params.get("latest_in_repository", "false")):
            rows = newest_of_each(project.repositories.all(), rows)
        return self.listed(rows)


class OneArtifactView(ArtifactView):
    def get(self, request: Request, **where: str) -> Response:
        return Response(self.show([self.artifact(where, "artifact", "read")])[0])

    def delete(self, request: Request, **where: str) -> Response:
        found = self.artifact(where, "artifact", "delete")
        delete_artifact(actor=self.actor, repository=found.repository, digest=found.digest)
        return Response()
