"""The record, to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from audit.models import AuditLog


@admin.register(AuditLog)
class AuditLogAdmin(admin.ModelAdmin):
    """Nothing is added, changed or deleted here, by anybody."""

    list_display = (
        "op_time", "username", "operation", "resource_type", "resource", "project_name", "result", "source_address",
    )  # fmt: skip
    list_filter = ("result",)
    # Exact or by their beginning, never in the middle: the table grows for years.
    search_fields = ("=username", "=operation", "^resource", "=project_name")
    ordering = ("-id",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
