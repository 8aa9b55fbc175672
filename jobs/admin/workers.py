"""The dashboard of the jobs: workers, queues, and what is being done."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.actors import actor_of
from accounts.console.room import ReadOnlyRoom
from accounts.errors import DomainError
from jobs.admin.shown import progress_words
from jobs.framework.schedules import SCHEDULER, are_paused
from jobs.models import Worker
from jobs.selectors.queues import queues, running_tasks, workers
from jobs.services.queues import Action, act_on_queue

MOST_RUNNING = 100
ACTIONS: dict[str, Action] = {"stop": "stop", "pause": "pause", "resume": "resume"}


@admin.register(Worker)
class WorkerAdmin(ReadOnlyRoom):
    list_title = _("Workers and queues")
    list_display = ("name", "host", "pid", "slots", "start_time", "seen_at")

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(require_POST(self.act_view))
        return [path("queues/<str:kind>/", act, name="jobs_queue_act"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """All of it on one page, which looks again every five seconds."""
        if not self.has_view_permission(request):
            raise self.missing(request)
        running = running_tasks().select_related("execution")[:MOST_RUNNING]
        context = {
            "title": self.title_of_list(),
            "opts": None,
            "workers": workers(),
            "queues": queues(),
            "running": [{"task": task, "progress": progress_words(task)} for task in running],
            "are_schedules_paused": are_paused(),
            "SCHEDULER": SCHEDULER,
        }
        return self.page(request, "admin/jobs/dashboard.html", context)

    def act_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        action = ACTIONS.get(request.POST.get("action", ""))
        if action is None:
            raise Http404
        try:
            act_on_queue(actor=actor_of(request.user), kind=kind, action=action)
        except DomainError as error:
            self.tell(request, error)
        return redirect(reverse("admin:jobs_worker_changelist"))
