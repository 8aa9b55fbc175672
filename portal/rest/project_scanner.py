"""Which scanner looks at a project (of Harbor's tag ``project``). There is none to choose from yet."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotFound
from accounts.models import Project
from accounts.rest.fields import Text
from accounts.rest.operations import FILTER, SORT, Operation, listing
from accounts.rest.paging import read_page
from accounts.rest.projects import ProjectView
from accounts.rest.query import parse_q


class ChosenScanner(serializers.Serializer[Any]):
    uuid = Text()


class ScannerShown(TypedDict):
    """Of a project without a scanner nothing is told."""

    uuid: NotRequired[str]
    name: NotRequired[str]


class ScannerView(ProjectView):
    """For people and robots who are signed in, of public projects too (Harbor)."""

    tag = "project"

    def scanned(self, name_or_id: str, action: str) -> Project:
        """Raises Unauthenticated, Forbidden, NotFound."""
        self.require_login()
        return self.project(name_or_id, "scanner", action)


class ProjectScannerView(ScannerView):
    takes = {"PUT": ChosenScanner}
    operations = {
        "GET": Operation("getScannerOfProject", ScannerShown),
        "PUT": Operation("setScannerOfProject"),
    }

    def get(self, request: Request, project_name_or_id: str) -> Response:
        """The project's own scanner, or else that of the system; an empty object where there is neither (Harbor)."""
        self.scanned(project_name_or_id, "read")
        shown: ScannerShown = {}
        return Response(shown)

    def put(self, request: Request, project_name_or_id: str) -> Response:
        self.scanned(project_name_or_id, "create")
        raise NotFound(f"there is no scanner {self.body()['uuid'][:100]}")


class CandidatesView(ScannerView):
    operations = {"GET": listing("listScannerCandidatesOfProject", ScannerShown, FILTER, SORT)}

    def get(self, request: Request, project_name_or_id: str) -> Response:
        self.scanned(project_name_or_id, "create")
        read_page(request.query_params)
        parse_q(request.query_params.get("q", ""))
        return Response([], headers={"X-Total-Count": "0"})
