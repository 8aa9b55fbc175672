"""Tags in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from registry_api.admin.in_repository import InRepository
from registry_api.console.shown import human_size, short_digest
from registry_api.models import Tag


@admin.register(Tag)
class TagRoom(InRepository):
    resource = "tag"
    list_display = ("name", "artifact", "size", "push_time", "pull_time")
    list_display_links = None
    list_select_related = ("manifest",)
    search_fields = ("name",)
    search_help_text = _("Part of a tag")
    ordering = ("-push_time", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return super().get_queryset(request).defer("manifest__content")

    @admin.display(description=_("artifact"))
    def artifact(self, tag: Tag) -> str:
        address = reverse("admin:registry_api_manifest_change", args=[tag.manifest_id])
        return format_html('<a class="digest" href="{}">{}</a>', address, short_digest(tag.manifest.digest))

    @admin.display(description=_("size"))
    def size(self, tag: Tag) -> str:
        return human_size(tag.manifest.total_size)
