"""Harbor's tag ``label``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest
from accounts.models import Project
from accounts.rest.fields import Text, Whole
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.operations import FILTER, SORT, Operation, Parameter, creation, listing
from accounts.rest.parameters import path_number
from accounts.rest.projects import ProjectView
from registry_api.models import Label
from registry_api.services.labels import create_label, delete_label, update_label

GLOBAL, OF_PROJECT = "g", "p"
FIELDS = {
    "id": Field("pk", number),
    "name": Field("name"),
    "description": Field("description"),
    "color": Field("color"),
    "creation_time": Field("creation_time", time),
    "update_time": Field("update_time", time),
}


class LabelBody(serializers.Serializer[Any]):
    name = Text()
    description = Text(required=False, default="")
    color = Text(required=False, default="")
    scope = Text(required=False, default="")
    project_id = Whole(required=False, allow_null=True)


class LabelChange(serializers.Serializer[Any]):
    """Scope and project are for good (Harbor)."""

    name = Text(required=False)
    description = Text(required=False)
    color = Text(required=False)


class LabelShown(TypedDict):
    """`scope` is `g` for everybody's and `p` for those of a project."""

    id: int
    name: str
    description: str
    color: str
    scope: str
    project_id: int
    creation_time: datetime
    update_time: datetime


def show(label: Label) -> LabelShown:
    return {
        "id": label.pk,
        "name": label.name,
        "description": label.description,
        "color": label.color,
        "scope": OF_PROJECT if label.project_id else GLOBAL,
        "project_id": label.project_id or 0,
        "creation_time": label.creation_time,
        "update_time": label.update_time,
    }


class LabelsView(ProjectView):
    tag = "label"
    takes = {"POST": LabelBody}
    operations = {
        "GET": listing(
            "ListLabels",
            LabelShown,
            FILTER,
            SORT,
            Parameter("name", "A part of the name."),
            Parameter("scope", "`g`, or `p` with the `project_id`.", required=True),
            Parameter("project_id", kind=int),
            is_open=True,
        ),
        "POST": creation("CreateLabel"),
    }

    def get(self, request: Request) -> Response:
        """Global ones for everybody, even who is not signed in (Harbor); those of a project for who may list them."""
        query = request.query_params
        rows = self._of_scope(query.get("scope", ""), query.get("project_id", ""))
        if name := query.get("name"):
            rows = rows.filter(name__icontains=name)
        rows = filtered(rows, query.get("q", ""), FIELDS)
        return self.page_of(ordered(rows, query.get("sort", ""), FIELDS, ("name",)), show)

    def _of_scope(self, scope: str, project_id: str) -> QuerySet[Label]:
        if scope == GLOBAL:
            return Label.objects.filter(project=None)
        project = self._project_of(scope, number(project_id) if project_id else None, "list")
        return Label.objects.filter(project=project)

    def post(self, request: Request) -> Response:
        self.require_login()
        given = self.body()
        scope, project_id = given.pop("scope"), given.pop("project_id", None)
        project = None if scope == GLOBAL else self._project_of(scope, project_id, "create")
        return self.created(create_label(actor=self.actor, project=project, **given).pk)

    def _project_of(self, scope: str, project_id: int | None, action: str) -> Project:
        if scope != OF_PROJECT or not project_id or project_id < 0:
            raise BadRequest("the scope is g, or p with the project_id", field="scope")
        return self.project(str(project_id), "label", action)


class LabelView(ProjectView):
    tag = "label"
    takes = {"PUT": LabelChange}
    operations = {
        "GET": Operation("GetLabelByID", LabelShown),
        "PUT": Operation("UpdateLabel"),
        "DELETE": Operation("DeleteLabel"),
    }

    def get(self, request: Request, label_id: str) -> Response:
        return Response(show(self.found(label_id, "read")))

    def put(self, request: Request, label_id: str) -> Response:
        update_label(actor=self.actor, label=self.found(label_id, "update"), **self.body())
        return Response()

    def delete(self, request: Request, label_id: str) -> Response:
        delete_label(actor=self.actor, label=self.found(label_id, "delete"))
        return Response()

    def found(self, label_id: str, action: str) -> Label:
        """Raises Unauthenticated, Forbidden, NotFound."""
        wanted = path_number("label_id", label_id)
        label = Label.objects.filter(pk=wanted).select_related("project").first()
        if label is None:
            self.refuse_absent(f"label {wanted}", "label", action)
        self.require("label", action, project=label.project)
        return label
