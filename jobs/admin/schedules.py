"""Schedules of all kinds. They are set where their subject is, at a policy or with the collection of garbage; here they
are seen together, and rest."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.actors import actor_of
from accounts.console.room import ReadOnlyRoom
from accounts.errors import DomainError
from jobs.admin.shown import KindFilter, kind_shown
from jobs.framework.schedules import are_paused
from jobs.models import Schedule
from jobs.services.schedules import rest_schedule
from jobs.words import times_in_words


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyRoom):
    list_display = (kind_shown, "subject_id", "cron", "type_shown", "paused", "next_run_at", "update_time")
    list_filter = (KindFilter, "paused")
    ordering = ("next_run_at",)
    fields = (kind_shown, "subject_id", "cron", "type_shown", "parameters", "paused", "next_run_at", "update_time")
    readonly_fields = (kind_shown, "type_shown")
    actions = ("pause", "resume")
    list_before_template = "admin/jobs/all_rest.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"all_rest": are_paused(), **(extra_context or {})})

    @admin.display(description=_("type"), ordering="cron_type")
    def type_shown(self, row: Schedule) -> str:
        return times_in_words(row.cron_type)

    @admin.action(description=_("Pause"))
    def pause(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> None:
        if done := self._rest(request, queryset, paused=True):
            words = ngettext("%d schedule rests.", "%d schedules rest.", done)
            self.message_user(request, words % done, messages.SUCCESS)

    @admin.action(description=_("Resume"))
    def resume(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> None:
        if done := self._rest(request, queryset, paused=False):
            words = ngettext(
                "%d schedule goes on with its next time.", "%d schedules go on with their next time.", done
            )
            self.message_user(request, words % done, messages.SUCCESS)

    def _rest(self, request: HttpRequest, rows: QuerySet[Schedule], *, paused: bool) -> int:
        """How many that was new to; each by itself: what cannot be done is told, the rest is done."""
        done = 0
        for row in rows:
            try:
                done += rest_schedule(actor=actor_of(request.user), schedule=row, paused=paused)
            except DomainError as error:
                self.tell(request, error)
        return done
