"""Single tasks, with their logs as they are written."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from jobs.admin.live import LiveAdmin
from jobs.admin.shown import KindFilter, duration_shown, kind_shown, progress_shown, state_of, status_shown
from jobs.framework.logs import read_log
from jobs.models import Task
from jobs.services.queues import stop_job
from jobs.words import kind_in_words


@admin.register(Task)
class TaskAdmin(LiveAdmin):
    list_display = (
        *("__str__", status_shown, progress_shown, "worker", "start_time", duration_shown, "status_message"),
    )
    list_filter = (KindFilter, "status", "queue")
    search_fields = ("=job_id", "=execution__id")
    ordering = ("-pk",)
    fields = (
        *("execution_link", kind_shown, "job_id", status_shown, "status_message", progress_shown, "queue", "worker"),
        *("run_count", "parameters", "result", "creation_time", "start_time", "end_time", duration_shown),
    )
    readonly_fields = ("execution_link", kind_shown, "job_id", status_shown, progress_shown, duration_shown)

    def get_urls(self) -> list[URLPattern]:
        log = path("<int:pk>/log/", self.admin_site.admin_view(self.log_view), name="jobs_task_log")
        return [log, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        context = {"log_url": reverse("admin:jobs_task_log", args=[row.pk])} if row else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def log_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        return StreamingHttpResponse(read_log(self.found(request, pk)), content_type="text/plain; charset=utf-8")

    @admin.display(description=_("execution"))
    def execution_link(self, row: Task) -> str:
        address = reverse("admin:jobs_execution_change", args=[row.execution_id])
        return format_html('<a href="{}">{} {}</a>', address, kind_in_words(row.kind), row.execution_id)

    def state(self, row: Task) -> dict[str, Any]:
        return state_of(row, row)

    def stop(self, actor: Actor, row: Task) -> None:
        stop_job(actor=actor, job_id=str(row.job_id))
