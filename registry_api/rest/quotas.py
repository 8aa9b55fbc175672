"""Harbor's tag ``quota``: how much each project may hold, and holds. A quota has the id of its project."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotFound
from accounts.models import Project
from accounts.rest.base import RestView
from accounts.rest.fields import Whole
from accounts.rest.filters import Field, number, ordered
from accounts.rest.operations import SORT, Operation, Parameter, listing
from accounts.rest.parameters import path_number
from accounts.services.projects import update_project
from registry_api.rest.projects import StorageShown
from registry_api.selectors.usage import with_usage

SORTED_BY = {
    "id": Field("pk", number),
    "hard.storage": Field("storage_limit", number),
    "used.storage": Field("used", number),
    "creation_time": Field("creation_time"),
    "update_time": Field("update_time"),
}


class QuotaHardBody(serializers.Serializer[Any]):
    storage = Whole()


class QuotaBody(serializers.Serializer[Any]):
    hard = QuotaHardBody()


class QuotaReferenceShown(TypedDict):
    id: int
    name: str
    owner_name: str


class QuotaShown(TypedDict):
    id: int
    ref: QuotaReferenceShown
    hard: StorageShown
    used: StorageShown
    creation_time: datetime
    update_time: datetime


def show(row: Any) -> QuotaShown:
    return {
        "id": row.pk,
        "ref": {"id": row.pk, "name": row.name, "owner_name": row.owner.username if row.owner else ""},
        "hard": {"storage": row.storage_limit},
        "used": {"storage": int(row.used)},
        "creation_time": row.creation_time,
        "update_time": row.update_time,
    }


class QuotasView(RestView):
    tag = "quota"
    operations = {
        "GET": listing(
            "listQuotas",
            QuotaShown,
            SORT,
            Parameter("reference", "Of what kind of thing: there are only those of a `project`."),
            Parameter("reference_id", "The id of the project.", int),
        )
    }

    def get(self, request: Request) -> Response:
        self.require("quota", "list")
        rows = with_usage(Project.objects.all())
        if request.query_params.get("reference", "project") != "project":
            rows = rows.none()
        if reference_id := request.query_params.get("reference_id"):
            rows = rows.filter(pk=number(reference_id))
        return self.page_of(ordered(rows, request.query_params.get("sort", ""), SORTED_BY, ("-creation_time",)), show)


class QuotaView(RestView):
    tag = "quota"
    takes = {"PUT": QuotaBody}
    operations = {"GET": Operation("getQuota", QuotaShown), "PUT": Operation("updateQuota")}

    def get(self, request: Request, quota_id: str) -> Response:
        return Response(show(self.found(quota_id, "read")))

    def put(self, request: Request, quota_id: str) -> Response:
        project = self.found(quota_id, "update")
        update_project(actor=self.actor, project=project, storage_limit=self.body()["hard"]["storage"])
        return Response()

    def found(self, quota_id: str, action: str) -> Any:
        """Raises Unauthenticated, Forbidden, NotFound."""
        wanted = path_number("id", quota_id)
        self.require("quota", action)
        row = with_usage(Project.objects.filter(pk=wanted)).first()
        if row is None:
            raise NotFound(f"there is no quota {wanted}")
        return row
