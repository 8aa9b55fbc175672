"""Harbor's tag ``SystemCVEAllowlist``, and how allowlists look where they belong to projects."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import CveAllowlist
from accounts.rest.base import RestView
from accounts.rest.fields import Text, Whole
from accounts.selectors.cve_allowlists import system_cve_allowlist
from accounts.services.cve_allowlists import set_cve_allowlist


class ItemBody(serializers.Serializer[Any]):
    cve_id = Text()


class AllowlistBody(serializers.Serializer[Any]):
    items = ItemBody(many=True, required=False, allow_null=True)
    expires_at = Whole(required=False, allow_null=True)
    project_id = Whole(required=False, allow_null=True)


class SystemAllowlistView(RestView):
    takes = {"PUT": AllowlistBody}

    def get(self, request: Request) -> Response:
        """Open to everybody who is signed in."""
        self.require_login()
        return Response(show(system_cve_allowlist()))

    def put(self, request: Request) -> Response:
        self.require("configuration", "update")
        set_cve_allowlist(actor=self.actor, project=None, **listed(self.body()))
        return Response()


def show(found: CveAllowlist | None, project_id: int = 0) -> dict[str, Any]:
    """``project_id`` 0 stands for the system (Harbor). One that was never set is empty."""
    if found is None:
        return {"project_id": project_id, "items": []}
    shown = {
        "id": found.pk,
        "project_id": project_id,
        "items": [{"cve_id": cve_id} for cve_id in found.cve_ids],
        "creation_time": found.creation_time,
        "update_time": found.update_time,
    }
    return shown | ({"expires_at": int(found.expires_at.timestamp())} if found.expires_at else {})


def listed(given: dict[str, Any]) -> dict[str, Any]:
    """A body as the service wants it."""
    return {"cve_ids": [item["cve_id"] for item in given.get("items") or ()], "expires_at": given.get("expires_at")}
