"""What more can be told of an artifact (Harbor's tag ``artifact``, its additions)."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest
from registry_api.rest.artifacts import ArtifactView
from registry_api.services.attributes import configuration


class AdditionView(ArtifactView):
    def get(self, request: Request, addition: str, **where: str) -> Response:
        found = self.artifact(where, "artifact-addition", "read")
        if addition != "build_history" or found.depth:
            raise BadRequest(f"the artifact has no {addition[:50]}")
        history = configuration(found).get("history")
        return Response(history if isinstance(history, list) else [])
