"""Schedules of all kinds. They are set where their subject is: at a policy, or with the collection of garbage."""

from __future__ import annotations

from django.contrib import admin

from accounts.console.room import ReadOnlyRoom
from jobs.models import Schedule


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyRoom):
    list_display = ("kind", "subject_id", "cron", "cron_type", "paused", "next_run_at", "update_time")
    list_filter = ("kind", "paused")
    ordering = ("next_run_at",)
