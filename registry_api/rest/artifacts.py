"""Harbor's tag ``artifact``, and the artifacts of a whole project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest, NotFound
from accounts.rest.fields import Text, Whole
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.parameters import flag, path_number
from accounts.rest.query import AllOf, AnyOf, Contains, Exactly, Term, parse_q
from registry_api.models import Label, Manifest, Repository, Tag
from registry_api.oci.kinds import CONFIGS, INDEXES
from registry_api.oci.reference import parse_reference
from registry_api.rest.artifact_views import show_accessory, show_artifact, show_tag
from registry_api.rest.repositories import RepositoryView
from registry_api.selectors.artifacts import (
    accessories_of,
    around,
    find_artifact,
    newest_of_each,
    standing_alone,
    tagged,
    with_labels,
    without_accessories,
    without_tags,
)
from registry_api.selectors.listing import artifacts_in
from registry_api.services.artifacts import create_tag, delete_artifact, remove_tag
from registry_api.services.attributes import attributes_of, configuration
from registry_api.services.immutability import immutable_among
from registry_api.services.labels import attach_label, detach_label

FIELDS = {
    "id": Field("pk", number),
    "digest": Field("digest"),
    "media_type": Field("config_media_type"),
    "manifest_media_type": Field("media_type"),
    "artifact_type": Field("artifact_type"),
    "size": Field("total_size", number),
    "push_time": Field("push_time", time),
    "pull_time": Field("pull_time", time),
}
TAG_FIELDS = {
    "id": Field("pk", number),
    "name": Field("name"),
    "artifact_id": Field("manifest", number),
    "push_time": Field("push_time", time),
    "pull_time": Field("pull_time", time),
}
NEWEST = ("-push_time",)


class NewTag(serializers.Serializer[Any]):
    """Harbor's clients send a whole tag; its name counts."""

    name = Text()


class LabelId(serializers.Serializer[Any]):
    id = Whole()


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
        rows = artifacts_in(self.actor, project)
        if flag(request.query_params.get("latest_in_repository", "false")):
            rows = newest_of_each(rows)
        return self.listed(rows)


class OneArtifactView(ArtifactView):
    def get(self, request: Request, **where: str) -> Response:
        return Response(self.show([self.artifact(where, "artifact", "read")])[0])

    def delete(self, request: Request, **where: str) -> Response:
        found = self.artifact(where, "artifact", "delete")
        delete_artifact(actor=self.actor, repository=found.repository, digest=found.digest)
        return Response()


class TagsView(ArtifactView):
    takes = {"POST": NewTag}

    def get(self, request: Request, **where: str) -> Response:
        found = self.artifact(where, "tag", "list")
        query = request.query_params
        rows = filtered(Tag.objects.filter(manifest=found), query.get("q", ""), TAG_FIELDS)
        rows = ordered(rows, query.get("sort", ""), TAG_FIELDS, NEWEST)
        return self.page_together(rows, lambda tags: self._show(found.repository, tags))

    def _show(self, repository: Repository, tags: list[Tag]) -> list[Mapping[str, Any]]:
        fixed: frozenset[str] = frozenset()
        if self.wants("immutable_status", False):
            names = [tag.name for tag in tags]
            fixed = frozenset(immutable_among(repository.project_id, repository.name, names))
        return [show_tag(tag, fixed) for tag in tags]

    def post(self, request: Request, **where: str) -> Response:
        found = self.artifact(where, "tag", "create")
        name = self.body()["name"]
        create_tag(actor=self.actor, repository=found.repository, digest=found.digest, tag=name)
        return self.created(name)


class TagView(ArtifactView):
    def delete(self, request: Request, tag_name: str, **where: str) -> Response:
        found = self.artifact(where, "tag", "delete")
        if not Tag.objects.filter(manifest=found, name=tag_name).exists():
            raise NotFound(f"the artifact has no tag {tag_name[:128]}")
        remove_tag(actor=self.actor, repository=found.repository, tag=tag_name)
        return Response()


class AccessoriesView(ArtifactView):
    def get(self, request: Request, **where: str) -> Response:
        found = self.artifact(where, "accessory", "list")
        query = request.query_params
        rows = filtered(accessories_of([found]), query.get("q", ""), FIELDS)
        rows = ordered(rows, query.get("sort", ""), FIELDS, ("pk",))
        return self.page_of(rows, lambda accessory: show_accessory(accessory, found))


class AdditionView(ArtifactView):
    def get(self, request: Request, addition: str, **where: str) -> Response:
        found = self.artifact(where, "artifact-addition", "read")
        if addition != "build_history" or found.depth:
            raise BadRequest(f"the artifact has no {addition[:50]}")
        history = configuration(found).get("history")
        return Response(history if isinstance(history, list) else [])


class ArtifactLabelsView(ArtifactView):
    takes = {"POST": LabelId}

    def post(self, request: Request, **where: str) -> Response:
        found = self.artifact(where, "artifact-label", "create")
        label = Label.objects.filter(pk=self.body()["id"]).first()
        if label is None:
            raise NotFound("there is no such label")
        attach_label(actor=self.actor, label=label, manifest=found)
        return Response()


class ArtifactLabelView(ArtifactView):
    def delete(self, request: Request, label_id: str, **where: str) -> Response:
        found = self.artifact(where, "artifact-label", "delete")
        detach_label(actor=self.actor, label_id=path_number("label_id", label_id), manifest=found)
        return Response()


def _by_tags(rows: QuerySet[Manifest], term: Term) -> QuerySet[Manifest]:
    match term:
        case Exactly(value="*"):
            return tagged(rows)
        case Exactly(value="nil"):
            return without_tags(rows)
        case Exactly(value=name):
            return tagged(rows, Q(name=name))
        case Contains(text=part):
            return tagged(rows, Q(name__icontains=part))
        case AnyOf(values=names):
            return tagged(rows, Q(name__in=[str(name) for name in names]))
        case _:
            raise BadRequest("tags are *, nil, a name, or a part of one", field="q")


def _by_labels(rows: QuerySet[Manifest], term: Term) -> QuerySet[Manifest]:
    match term:
        case Exactly(value=label_id):
            return with_labels(rows, [number(label_id)])
        case AllOf(values=ids):
            return with_labels(rows, [number(each) for each in ids])
        case _:
            raise BadRequest("labels are ids in parentheses", field="q")


def _by_type(rows: QuerySet[Manifest], term: Term) -> QuerySet[Manifest]:
    if not isinstance(term, Exactly):
        raise BadRequest("type is one word, such as IMAGE", field="q")
    types = [media_type for media_type, word in CONFIGS.items() if word == term.value.upper()]
    if term.value.upper() == "IMAGE":
        return rows.filter(Q(artifact_type__in=types) | Q(media_type__in=INDEXES, artifact_type=""))
    return rows.filter(artifact_type__in=types)


def _taken(rows: QuerySet[Manifest], _term: Term) -> QuerySet[Manifest]:
    """``base=*``: parts of indexes are in the list, too."""
    return rows


SPECIAL = {"tags": _by_tags, "labels": _by_labels, "type": _by_type, "base": _taken}
