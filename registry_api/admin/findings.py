"""What scrubs have found."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from accounts.console.room import ReadOnlyRoom
from registry_api.console.shown import human_size
from registry_api.models import BlobFinding, Repository

MOST_SHOWN = 50


@admin.register(BlobFinding)
class BlobFindingAdmin(ReadOnlyRoom):
    list_display = ("digest", "problem", "size_shown", "detail", "found_at", "seen_at")
    list_filter = ("problem",)
    search_fields = ("=digest",)
    ordering = ("-found_at", "-id")
    fields = ("digest", "problem", "size_shown", "detail", "found_at", "seen_at", "repositories")
    readonly_fields = fields

    @admin.display(description=_("size"), ordering="size")
    def size_shown(self, row: BlobFinding) -> str:
        return human_size(row.size)

    @admin.display(description=_("shown by"))
    def repositories(self, row: BlobFinding) -> str:
        """Whose images are damaged: to push one of them again repairs all."""
        found = Repository.objects.filter(blob_links__blob__digest=row.digest).order_by("name")[:MOST_SHOWN]
        return format_html_join(", ", "{}", ((each.name,) for each in found)) or "-"
