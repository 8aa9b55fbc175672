"""The record of who did what, to be read: all of it, or that of a project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.console.filters import ConditionFilter
from accounts.console.project_tabs import Tab, show_in_projects
from accounts.console.room import ReadOnlyRoom
from accounts.models import Project
from accounts.selectors.logs import logs_visible_to
from audit.events import EVENTS, RESOURCE_TYPES, verb_of
from audit.models import AuditLog
from audit.words import VERBS, name_in_words, plainly_lazy


class VerbFilter(ConditionFilter):
    """Operations by their first word: there are too many of them to choose from."""

    title = _("operation")
    parameter_name = "verb"
    options: ClassVar[Mapping[str, Any]] = VERBS

    def condition(self, chosen: str) -> Q:
        return Q(operation__in=[event for event in EVENTS if verb_of(event) == chosen])


class ResourceTypeFilter(ConditionFilter):
    title = _("kind of resource")
    parameter_name = "resource_type"
    options: ClassVar[Mapping[str, Any]] = {word: plainly_lazy(word) for word in RESOURCE_TYPES}

    def condition(self, chosen: str) -> Q:
        return Q(resource_type=chosen)


@admin.register(AuditLog)
class AuditLogRoom(ReadOnlyRoom):
    """Nothing is added, changed or deleted here, by anybody."""

    resource = "log"
    list_title = _("Logs")
    project_path = "project_id"
    list_display = (
        "op_time", "username", "operation_shown", "type_shown", "resource", "project", "shown_result", "source_address",
    )  # fmt: skip
    list_filter = ("result", "op_time", VerbFilter, ResourceTypeFilter)
    fields = (
        *("op_time", "username", "operation_shown", "type_shown", "resource", "project", "shown_result", "detail"),
        *("source_address", "client", "request_id"),
    )
    readonly_fields = ("operation_shown", "type_shown", "project", "shown_result")
    # Exact or by their beginning, never in the middle: the table grows for years.
    search_fields = ("=username", "=operation", "^resource", "=project_name")
    search_help_text = _("User, operation, beginning of a resource, project")
    ordering = ("-id",)

    def visible(self, actor: Actor) -> QuerySet[AuditLog]:
        return logs_visible_to(actor)

    def project_of(self, row: Any) -> Project | None:
        """A record outlives its project."""
        return Project.objects.filter(pk=row.project_id).first() if row.project_id else None

    @admin.display(description=_("operation"), ordering="operation")
    def operation_shown(self, row: AuditLog) -> SafeString:
        """With the name that the search takes on the pointer."""
        return format_html('<span title="{}">{}</span>', row.operation, name_in_words(row.operation))

    @admin.display(description=_("kind of resource"), ordering="resource_type")
    def type_shown(self, row: AuditLog) -> str:
        return name_in_words(row.resource_type)

    @admin.display(description=_("project"), ordering="project_name")
    def project(self, row: AuditLog) -> str:
        return row.project_name or "-"

    @admin.display(description=_("result"), ordering="result")
    def shown_result(self, row: AuditLog) -> str:
        kind, words = ("good", _("done")) if row.result else ("bad", _("refused"))
        return format_html('<span class="badge {}">{}</span>', kind, words)


show_in_projects(Tab("logs", _("Logs"), needs=("log", "list"), order=90, model=AuditLog))
