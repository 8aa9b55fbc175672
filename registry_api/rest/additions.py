"""What more can be told of an artifact (Harbor's tag ``artifact``, its additions)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from accounts.errors import NotFound
from accounts.rest.operations import Operation
from accounts.rest.paging import Unprocessable
from registry_api.rest.artifacts import ArtifactView
from registry_api.services.additions import addition_of

KNOWN = frozenset(("build_history", "values.yaml", "readme.md", "dependencies", "sbom", "license", "files"))
TEXTS = ("text/markdown", "text/plain")
VULNERABILITIES = "vulnerabilities"


class AdditionView(ArtifactView):
    path_words = {**ArtifactView.path_words, "addition": f"One of {', '.join(sorted(KNOWN))}."}
    operations = {"GET": Operation("getAddition", Any, texts=TEXTS, refuses=(413,))}

    def get(self, request: Request, addition: str, **where: str) -> HttpResponse:
        found = self.artifact(where, "artifact-addition", "read")
        if addition == VULNERABILITIES:
            raise NotFound("no scanner is configured")
        if addition not in KNOWN:
            raise Unprocessable(f"addition in path should be one of {', '.join(sorted(KNOWN))}", field="addition")
        told = addition_of(found, addition)
        return HttpResponse(told.content, content_type=told.content_type)
