"""Harbor's tag ``health``."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.base import RestView
from portal.health import Health, health

STATES = {True: "healthy", False: "unhealthy"}


class HealthView(RestView):
    authentication_classes = []

    def get(self, request: Request) -> Response:
        """Always 200, as from Harbor: it is the answer that says whether all is well."""
        parts = health()
        well = not any(part.fault for part in parts)
        return Response({"status": STATES[well], "components": [show(part) for part in parts]})


def show(part: Health) -> dict[str, Any]:
    shown = {"name": part.name, "status": STATES[not part.fault]}
    return shown | ({"error": part.fault} if part.fault else {})
