"""Harbor's tag ``health``."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.base import RestView
from accounts.rest.operations import Operation
from portal.health import Health, health

State = Literal["healthy", "unhealthy"]


class ComponentHealthStatusShown(TypedDict):
    name: str
    status: State
    error: NotRequired[str]


class OverallHealthStatusShown(TypedDict):
    status: State
    components: list[ComponentHealthStatusShown]


class HealthView(RestView):
    authentication_classes = []
    tag = "health"
    operations = {"GET": Operation("getHealth", OverallHealthStatusShown)}

    def get(self, request: Request) -> Response:
        """Always 200, as from Harbor: it is the answer that says whether all is well."""
        parts = health()
        shown: OverallHealthStatusShown = {
            "status": "unhealthy" if any(part.fault for part in parts) else "healthy",
            "components": [show(part) for part in parts],
        }
        return Response(shown)


def show(part: Health) -> ComponentHealthStatusShown:
    if part.fault:
        return {"name": part.name, "status": "unhealthy", "error": part.fault}
    return {"name": part.name, "status": "healthy"}
