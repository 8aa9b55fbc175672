"""Harbor's tag ``SystemCVEAllowlist``, and how allowlists look where they belong to projects."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import CveAllowlist
from accounts.rest.base import RestView
from accounts.rest.fields import Text, Whole
from accounts.rest.operations import Operation
from accounts.selectors.cve_allowlists import system_cve_allowlist
from accounts.services.cve_allowlists import set_cve_allowlist


class CveAllowlistItemBody(serializers.Serializer[Any]):
    cve_id = Text()


class CveAllowlistBody(serializers.Serializer[Any]):
    # Not many=True: that would let each item be null, too.
    items = serializers.ListField(child=CveAllowlistItemBody(), required=False, allow_null=True)
    expires_at = Whole(required=False, allow_null=True)
    project_id = Whole(required=False, allow_null=True)


class CveAllowlistItemShown(TypedDict):
    cve_id: str


class CveAllowlistShown(TypedDict):
    """`expires_at` is in seconds since 1970; without it the list is for ever. A `project_id` of 0 is the system."""

    id: NotRequired[int]
    project_id: int
    items: list[CveAllowlistItemShown]
    expires_at: NotRequired[int]
    creation_time: NotRequired[datetime]
    update_time: NotRequired[datetime]


class SystemAllowlistView(RestView):
    tag = "SystemCVEAllowlist"
    takes = {"PUT": CveAllowlistBody}
    operations = {
        "GET": Operation("getSystemCVEAllowlist", CveAllowlistShown),
        "PUT": Operation("putSystemCVEAllowlist"),
    }

    def get(self, request: Request) -> Response:
        """Open to everybody who is signed in."""
        self.require_login()
        return Response(show(system_cve_allowlist()))

    def put(self, request: Request) -> Response:
        self.require("configuration", "update")
        set_cve_allowlist(actor=self.actor, project=None, **listed(self.body()))
        return Response()


def show(found: CveAllowlist | None, project_id: int = 0) -> CveAllowlistShown:
    """``project_id`` 0 stands for the system (Harbor). One that was never set is empty."""
    if found is None:
        return {"project_id": project_id, "items": []}
    shown: CveAllowlistShown = {
        "id": found.pk,
        "project_id": project_id,
        "items": [{"cve_id": cve_id} for cve_id in found.cve_ids],
        "creation_time": found.creation_time,
        "update_time": found.update_time,
    }
    if found.expires_at:
        shown["expires_at"] = int(found.expires_at.timestamp())
    return shown


def listed(given: dict[str, Any]) -> dict[str, Any]:
    """A body as the service wants it."""
    return {"cve_ids": [item["cve_id"] for item in given.get("items") or ()], "expires_at": given.get("expires_at")}
