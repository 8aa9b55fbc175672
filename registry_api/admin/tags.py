"""Tags in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.console.room import ReadOnlyRoom
from registry_api.console.paging import KeysFirst
from registry_api.console.shown import human_size, short_digest
from registry_api.models import Tag


@admin.register(Tag)
class TagRoom(ReadOnlyRoom):
    resource = "tag"
    project_path = "repository__project"
    paginator = KeysFirst
    list_display = ("name", "repository", "artifact", "size", "push_time", "pull_time")
    list_display_links = None
    list_select_related = ("repository", "manifest")
    search_fields = ("name",)
    search_help_text = _("Part of a tag")
    ordering = ("-push_time", "-id")
    list_before_template = "console/repository/head.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return super().get_queryset(request).defer("manifest__content")

    @admin.display(description=_("artifact"))
    def artifact(self, tag: Tag) -> str:
        address = reverse("admin:registry_api_manifest_change", args=[tag.manifest_id])
        return format_html('<a class="digest" href="{}">{}</a>', address, short_digest(tag.manifest.digest))

    @admin.display(description=_("size"))
    def size(self, tag: Tag) -> str:
        return human_size(tag.manifest.total_size)
