"""Schedules of all kinds. They are set where their subject is, at a policy or with the collection of garbage; here they
are seen together, and rest."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.actors import actor_of
from accounts.console.room import ReadOnlyRoom
from accounts.errors import DomainError
from jobs.models import Schedule
from jobs.services.schedules import rest_schedule


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyRoom):
    list_display = ("kind", "subject_id", "cron", "cron_type", "paused", "next_run_at", "update_time")
    list_filter = ("kind", "paused")
    ordering = ("next_run_at",)
    actions = ("pause", "resume")

    @admin.action(description=_("Pause"))
    def pause(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> None:
        done = self._rest(request, queryset, paused=True)
        self.message_user(request, ngettext("%d schedule rests.", "%d schedules rest.", done) % done, messages.SUCCESS)

    @admin.action(description=_("Resume"))
    def resume(self, request: HttpRequest, queryset: QuerySet[Schedule]) -> None:
        done = self._rest(request, queryset, paused=False)
        words = ngettext("%d schedule goes on with its next time.", "%d schedules go on with their next time.", done)
        self.message_user(request, words % done, messages.SUCCESS)

    def _rest(self, request: HttpRequest, rows: QuerySet[Schedule], *, paused: bool) -> int:
        """How many; each by itself: what cannot be done is told, the rest is done."""
        done = 0
        for row in rows:
            try:
                rest_schedule(actor=actor_of(request.user), schedule=row, paused=paused)
                done += 1
            except DomainError as error:
                self.tell(request, error)
        return done
