"""Schedules of all kinds. They are set where their subject is: at a policy, or with the collection of garbage."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.console.room import ReadOnlyRoom
from jobs.admin.shown import KindFilter
from jobs.models import Schedule
from jobs.words import kind_in_words, times_in_words


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyRoom):
    list_display = ("kind_shown", "subject_id", "cron", "type_shown", "paused", "next_run_at", "update_time")
    list_filter = (("kind", KindFilter), "paused")
    ordering = ("next_run_at",)
    fields = ("kind_shown", "subject_id", "cron", "type_shown", "parameters", "paused", "next_run_at", "update_time")
    readonly_fields = ("kind_shown", "type_shown")

    @admin.display(description=_("kind"), ordering="kind")
    def kind_shown(self, row: Schedule) -> str:
        return kind_in_words(row.kind)

    @admin.display(description=_("type"), ordering="cron_type")
    def type_shown(self, row: Schedule) -> str:
        return times_in_words(row.cron_type)
