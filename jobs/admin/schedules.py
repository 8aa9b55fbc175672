"""Schedules of all kinds. They are set where their subject is: at a policy, or with the collection of garbage."""

from __future__ import annotations

from django.contrib import admin

from audit.read_only import ReadOnlyAdmin
from jobs.models import Schedule


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    list_display = ("kind", "subject_id", "cron", "cron_type", "paused", "next_run_at", "update_time")
    list_filter = ("kind", "paused")
    ordering = ("next_run_at",)
