"""Tags in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from audit.read_only import ReadOnlyAdmin
from registry_api.admin.shown import short_digest
from registry_api.models import Tag


@admin.register(Tag)
class TagAdmin(ReadOnlyAdmin):
    list_display = ["name", "repository", "artifact", "push_time", "pull_time"]
    list_select_related = ["repository", "manifest"]
    search_fields = ["name", "repository__name"]
    ordering = ["-push_time", "-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return super().get_queryset(request).defer("manifest__content")

    @admin.display(description="artifact")
    def artifact(self, tag: Tag) -> str:
        address = reverse("admin:registry_api_manifest_change", args=[tag.manifest_id])
        return format_html('<a href="{}">{}</a>', address, short_digest(tag.manifest.digest))
