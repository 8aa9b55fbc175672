"""Harbor's tag ``artifact``, and the artifacts of a whole project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotFound
from accounts.rest.filters import filtered, ordered
from accounts.rest.operations import FILTER, SORT, Operation, Parameter, creation, listing
from accounts.rest.parameters import flag, required_query
from accounts.rest.query import parse_q
from registry_api.models import Manifest, Repository, Tag
from registry_api.oci.digest import Digest
from registry_api.oci.reference import parse_image, parse_reference
from registry_api.rest.artifact_queries import FIELDS, NEWEST, SPECIAL, WITH
from registry_api.rest.artifact_views import ArtifactShown, show_artifact
from registry_api.rest.repositories import RepositoryView
from registry_api.selectors.artifacts import (
    around,
    find_artifact,
    newest_of_each,
    standing_alone,
    without_accessories,
)
from registry_api.selectors.listing import artifacts_in
from registry_api.services.artifacts import delete_artifact
from registry_api.services.attributes import attributes_of
from registry_api.services.copies import copy_artifact
from registry_api.services.immutability import immutable_among

FROM = Parameter("from", "What is copied: `project/repository:tag`, or with `@digest`.", required=True)


class ArtifactView(RepositoryView):
    """What all views of artifacts share: finding one, and showing a page of them."""

    tag = "artifact"
    path_words = {**RepositoryView.path_words, "reference": "The digest of the artifact, or one of its tags."}

    def artifact(self, where: Mapping[str, str], resource: str, action: str) -> Manifest:
        """The artifact by digest or tag, if the caller may do this in its repository.

        Raises Unauthenticated, Forbidden, NotFound, and DigestInvalid or TagInvalid for what is neither.
        """
        repository = self.repository(where["project_name_or_id"], where["repository_name"], resource, action)
        return artifact_in(repository, parse_reference(where["reference"]))

    def wants(self, name: str, default: bool) -> bool:
        return flag(self.request.query_params.get(f"with_{name}") or str(default))

    def show(self, manifests: list[Manifest]) -> list[ArtifactShown]:
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
    operations = {
        "GET": listing("listArtifacts", ArtifactShown, FILTER, SORT, *WITH),
        "POST": replace(creation("CopyArtifact"), asks=(FROM,)),
    }

    def get(self, request: Request, project_name_or_id: str, repository_name: str) -> Response:
        repository = self.repository(project_name_or_id, repository_name, "artifact", "list")
        return self.listed(Manifest.objects.filter(repository=repository))

    def post(self, request: Request, project_name_or_id: str, repository_name: str) -> Response:
        """Copies what ``from`` names (``project/repository:tag``, or with ``@digest``) into this repository."""
        inner = unquote(repository_name)
        project = self.project(project_name_or_id, "artifact", "create", repository=inner)
        name, reference = parse_image(required_query(request, "from"))
        source = self.repository_named(name, "artifact", "read")
        copy_artifact(
            actor=self.actor,
            source=source,
            digest=artifact_in(source, reference).digest,
            project=project,
            name=f"{project.name}/{inner}",
        )
        return self.created(reference)


class ProjectArtifactsView(ArtifactView):
    tag = "project"
    operations = {
        "GET": listing(
            "listArtifactsOfProject",
            ArtifactShown,
            FILTER,
            SORT,
            *WITH,
            Parameter("latest_in_repository", "Only the newest of each repository.", bool),
        )
    }

    def get(self, request: Request, project_name_or_id: str) -> Response:
        self.require_login()
        project = self.project(project_name_or_id, "artifact", "list")
        rows = artifacts_in(self.actor, project)
        if flag(request.query_params.get("latest_in_repository", "false")):
            rows = newest_of_each(rows)
        return self.listed(rows)


class OneArtifactView(ArtifactView):
    operations = {
        "GET": Operation("getArtifact", ArtifactShown, asks=WITH),
        "DELETE": Operation("deleteArtifact"),
    }

    def get(self, request: Request, **where: str) -> Response:
        return Response(self.show([self.artifact(where, "artifact", "read")])[0])

    def delete(self, request: Request, **where: str) -> Response:
        found = self.artifact(where, "artifact", "delete")
        delete_artifact(actor=self.actor, repository=found.repository, digest=found.digest)
        return Response()


def artifact_in(repository: Repository, reference: Digest | str) -> Manifest:
    """By digest or tag. Raises NotFound."""
    found = find_artifact(repository.pk, reference)
    if found is None:
        raise NotFound(f"there is no artifact {str(reference)[:200]} in {repository.name}")
    return found
