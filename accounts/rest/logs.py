"""Harbor's tag ``auditlog``, and the logs of a project: who did what, in the older form and in the newer."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.base import RestView
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.parameters import flag
from accounts.rest.projects import ProjectView
from accounts.rest.query import AllOf, AnyOf, Between, Contains, Exactly, Term
from accounts.selectors.logs import logs_visible_to
from audit.events import EVENTS
from audit.models import AuditLog

FIELDS = {
    "id": Field("pk", number),
    "username": Field("username"),
    "resource": Field("resource"),
    "resource_type": Field("resource_type"),
    "operation_result": Field("result", flag),
    "op_result": Field("result", flag),
    "project_id": Field("project_id", number),
    "op_time": Field("op_time", time),
}


def show(row: AuditLog) -> dict[str, Any]:
    return {
        "id": row.pk,
        "username": row.username,
        "resource": row.resource,
        "resource_type": row.resource_type,
        "operation": verb(row.operation),
        "op_time": row.op_time,
    }


def show_extended(row: AuditLog) -> dict[str, Any]:
    told = f"{verb(row.operation)} {row.resource_type}: {row.resource}"
    return {**show(row), "operation_description": told, "operation_result": row.result}


def verb(operation: str) -> str:
    """Harbor keeps the deed and the kind of thing apart: ``create`` of ``create_artifact``."""
    return operation.partition("_")[0]


class ListView(RestView):
    extended = False

    def listed(self, rows: QuerySet[AuditLog]) -> Response:
        query = self.request.query_params
        rows = filtered(rows, query.get("q", ""), FIELDS, {"operation": _by_operation})
        rows = ordered(rows, query.get("sort", ""), FIELDS, ("-op_time",))
        return self.page_of(rows, show_extended if self.extended else show)


class LogsView(ListView):
    def get(self, request: Request) -> Response:
        return self.listed(logs_visible_to(self.require_login()))


class ProjectLogsView(ListView, ProjectView):
    def get(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project(project_name_or_id, "log", "list")
        return self.listed(AuditLog.objects.filter(project_id=project.pk))


class EventsView(RestView):
    def get(self, request: Request) -> Response:
        self.require("audit-log", "list")
        return Response([{"event_type": event} for event in EVENTS])


def _by_operation(rows: QuerySet[AuditLog], term: Term) -> QuerySet[AuditLog]:
    """By the deed (``create``), or by the whole name of the event (``create_artifact``)."""
    match term:
        case Exactly(value=word):
            return rows.filter(_is(word))
        case Contains(text=part):
            return rows.filter(operation__icontains=part)
        case AnyOf(values=words) | AllOf(values=words):
            return rows.filter(Q(*(_is(str(word)) for word in words), _connector=Q.OR))
        case Between():
            return rows.none()


def _is(word: str) -> Q:
    return Q(operation=word) | Q(operation__startswith=f"{word}_")
