"""The record, to be read."""

from __future__ import annotations

from django.contrib import admin

from audit.models import AuditLog
from audit.read_only import ReadOnlyAdmin


@admin.register(AuditLog)
class AuditLogAdmin(ReadOnlyAdmin):
    """Nothing is added, changed or deleted here, by anybody."""

    list_display = (
        "op_time", "username", "operation", "resource_type", "resource", "project_name", "result", "source_address",
    )  # fmt: skip
    list_filter = ("result",)
    # Exact or by their beginning, never in the middle: the table grows for years.
    search_fields = ("=username", "=operation", "^resource", "=project_name")
    ordering = ("-id",)
