"""Harbor's tag ``auditlog``, and the logs of a project: who did what, in the older form and in the newer."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from django.db.models import Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.base import RestView
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.operations import FILTER, SORT, Operation, listing
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


class AuditLogShown(TypedDict):
    id: int
    username: str
    resource: str
    resource_type: str
    operation: str
    op_time: datetime


class AuditLogExtShown(AuditLogShown):
    operation_description: str
    operation_result: bool


class AuditLogEventTypeShown(TypedDict):
    event_type: str


def show(row: AuditLog) -> AuditLogShown:
    return {
        "id": row.pk,
        "username": row.username,
        "resource": row.resource,
        "resource_type": row.resource_type,
        "operation": verb(row.operation),
        "op_time": row.op_time,
    }


def show_extended(row: AuditLog) -> AuditLogExtShown:
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
        return self.page_of(rows, show_extended) if self.extended else self.page_of(rows, show)


class LogsView(ListView):
    tag = "auditlog"
    operations = {"GET": listing("listAuditLogs", AuditLogShown, FILTER, SORT)}

    def get(self, request: Request) -> Response:
        return self.listed(logs_visible_to(self.require_login()))


class LogExtsView(LogsView):
    extended = True
    operations = {"GET": listing("listAuditLogExts", AuditLogExtShown, FILTER, SORT)}


class ProjectLogsView(ListView, ProjectView):
    tag = "project"
    operations = {"GET": listing("getLogs", AuditLogShown, FILTER, SORT)}

    def get(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project(project_name_or_id, "log", "list")
        return self.listed(AuditLog.objects.filter(project_id=project.pk))


class ProjectLogExtsView(ProjectLogsView):
    extended = True
    operations = {"GET": listing("getLogExts", AuditLogExtShown, FILTER, SORT)}


class EventsView(RestView):
    tag = "auditlog"
    operations = {"GET": Operation("listAuditLogEventTypes", list[AuditLogEventTypeShown])}

    def get(self, request: Request) -> Response:
        self.require("audit-log", "list")
        shown: list[AuditLogEventTypeShown] = [{"event_type": event} for event in EVENTS]
        return Response(shown)


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
