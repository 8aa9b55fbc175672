"""Executions of all kinds: what ran, what runs, and how it ended."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from jobs.admin.live import LiveAdmin
from jobs.admin.shown import KindFilter, duration_shown, kind_shown, state_of, status_shown
from jobs.framework.executions import task_counts
from jobs.models import Execution, Status
from jobs.services.executions import halt_execution


@admin.register(Execution)
class ExecutionAdmin(LiveAdmin):
    list_display = (
        *("__str__", status_shown, "trigger", "operator", "project", "start_time", duration_shown, "status_message"),
    )
    list_filter = (KindFilter, "status", "trigger")
    list_select_related = ("project",)
    search_fields = ("=id", "=operator")
    ordering = ("-pk",)
    fields = (
        *(kind_shown, "subject_id", "project", status_shown, "status_message", "trigger", "operator", "parameters"),
        *("result", "start_time", "end_time", duration_shown, "tasks_shown"),
    )
    readonly_fields = (kind_shown, status_shown, duration_shown, "tasks_shown")

    @admin.display(description=_("tasks"))
    def tasks_shown(self, row: Execution) -> str:
        address = reverse("admin:jobs_task_changelist")
        counts = [(address, row.pk, status, Status(status).label, count) for status, count in _counts(row)]
        return format_html(
            '<span data-live="tasks">{}</span> <a href="{}?execution__id__exact={}">{}</a>',
            format_html_join(", ", '<a href="{}?execution__id__exact={}&status__exact={}">{}: {}</a>', counts),
            address,
            row.pk,
            _("all of them, with their logs"),
        )

    def state(self, row: Execution) -> dict[str, Any]:
        counts = ", ".join(f"{Status(status).label}: {count}" for status, count in _counts(row))
        return state_of(row, None, tasks=counts)

    def stop(self, actor: Actor, row: Execution) -> None:
        halt_execution(actor=actor, execution=row)


def _counts(row: Execution) -> list[tuple[str, int]]:
    counts = task_counts(row)
    return [(status, counts[status]) for status in Status.values if counts.get(status)]
