"""What hangs on an artifact (Harbor's tag ``artifact``): its tags, its accessories, its labels."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotFound
from accounts.rest.fields import Text, Whole
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.operations import FILTER, SORT, Operation, creation, listing
from accounts.rest.parameters import path_number
from registry_api.models import Label, Repository, Tag
from registry_api.rest.artifact_queries import FIELDS, NEWEST, WITH_IMMUTABLE
from registry_api.rest.artifact_views import AccessoryShown, TagShown, show_accessory, show_tag
from registry_api.rest.artifacts import ArtifactView
from registry_api.selectors.artifacts import accessories_of
from registry_api.services.artifacts import create_tag, remove_tag
from registry_api.services.immutability import immutable_among
from registry_api.services.labels import NO_LABEL, attach_label, detach_label

TAG_FIELDS = {
    "id": Field("pk", number),
    "name": Field("name"),
    "artifact_id": Field("manifest", number),
    "push_time": Field("push_time", time),
    "pull_time": Field("pull_time", time),
}


class NewTag(serializers.Serializer[Any]):
    """Harbor's clients send a whole tag; its name counts."""

    name = Text()


class LabelId(serializers.Serializer[Any]):
    id = Whole()


class TagsView(ArtifactView):
    takes = {"POST": NewTag}
    operations = {
        "GET": listing("listTags", TagShown, FILTER, SORT, WITH_IMMUTABLE),
        "POST": creation("createTag"),
    }

    def get(self, request: Request, **where: str) -> Response:
        found = self.artifact(where, "tag", "list")
        query = request.query_params
        rows = filtered(Tag.objects.filter(manifest=found), query.get("q", ""), TAG_FIELDS)
        rows = ordered(rows, query.get("sort", ""), TAG_FIELDS, NEWEST)
        return self.page_together(rows, lambda tags: self._show(found.repository, tags))

    def _show(self, repository: Repository, tags: list[Tag]) -> list[TagShown]:
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
    operations = {"DELETE": Operation("deleteTag")}

    def delete(self, request: Request, tag_name: str, **where: str) -> Response:
        found = self.artifact(where, "tag", "delete")
        if not Tag.objects.filter(manifest=found, name=tag_name).exists():
            raise NotFound(f"the artifact has no tag {tag_name[:128]}")
        remove_tag(actor=self.actor, repository=found.repository, tag=tag_name)
        return Response()


class AccessoriesView(ArtifactView):
    operations = {"GET": listing("listAccessories", AccessoryShown, FILTER, SORT)}

    def get(self, request: Request, **where: str) -> Response:
        found = self.artifact(where, "accessory", "list")
        query = request.query_params
        rows = filtered(accessories_of([found]), query.get("q", ""), FIELDS)
        rows = ordered(rows, query.get("sort", ""), FIELDS, ("pk",))
        return self.page_of(rows, lambda accessory: show_accessory(accessory, found))


class ArtifactLabelsView(ArtifactView):
    takes = {"POST": LabelId}
    operations = {"POST": Operation("addLabel")}

    def post(self, request: Request, **where: str) -> Response:
        found = self.artifact(where, "artifact-label", "create")
        label = Label.objects.filter(pk=self.body()["id"]).first()
        if label is None:
            raise NotFound(NO_LABEL)
        attach_label(actor=self.actor, label=label, manifest=found)
        return Response()


class ArtifactLabelView(ArtifactView):
    operations = {"DELETE": Operation("removeLabel")}

    def delete(self, request: Request, label_id: str, **where: str) -> Response:
        found = self.artifact(where, "artifact-label", "delete")
        detach_label(actor=self.actor, label_id=path_number("label_id", label_id), manifest=found)
        return Response()
