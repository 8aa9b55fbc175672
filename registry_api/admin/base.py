"""What the registry's admin rooms share."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that clients make by pushing: looked at here, never typed in."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def human_size(size: int) -> str:
    return filesizeformat(size)


def short_digest(digest: str) -> str:
    """The algorithm and the first twelve hex digits, as docker shows image ids."""
    algorithm, _, encoded = digest.partition(":")
    return f"{algorithm}:{encoded[:12]}"
