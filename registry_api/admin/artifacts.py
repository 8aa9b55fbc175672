"""Artifacts (manifests) in the admin."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.admin import TabularInline

from audit.read_only import ReadOnlyAdmin
from registry_api.admin.shown import human_size, short_digest
from registry_api.models import Manifest, ManifestReference, Tag


class TagInline(TabularInline):
    model = Tag
    readonly_fields = ["name", "push_time", "pull_time"]
    fields = [*readonly_fields]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReferenceInline(TabularInline):
    model = ManifestReference
    fk_name = "manifest"
    readonly_fields = ["kind", "digest", "media_type", "size_shown"]
    fields = [*readonly_fields]
    ordering = ["position"]
    verbose_name_plural = "content"
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="size")
    def size_shown(self, reference: ManifestReference) -> str:
        return human_size(reference.size)


@admin.register(Manifest)
class ArtifactAdmin(ReadOnlyAdmin):
    list_display = ["short", "repository", "tag_names", "kind", "size_shown", "push_time", "pull_time", "pull_count"]
    list_select_related = ["repository"]
    search_fields = ["digest", "repository__name"]
    ordering = ["-push_time", "-id"]
    readonly_fields = [
        "repository",
        "digest",
        "media_type",
        "kind",
        "size_shown",
        "subject_digest",
        "annotations",
        "push_time",
        "pull_time",
        "pull_count",
        "pull_command",
        "raw",
    ]
    fields = [*readonly_fields]
    inlines = [TagInline, ReferenceInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Manifest]:
        return super().get_queryset(request).defer("content").prefetch_related("tags")

    @admin.display(description="artifact", ordering="digest")
    def short(self, manifest: Manifest) -> str:
        return short_digest(manifest.digest)

    @admin.display(description="tags")
    def tag_names(self, manifest: Manifest) -> str:
        return ", ".join(sorted(tag.name for tag in manifest.tags.all()))

    @admin.display(description="type")
    def kind(self, manifest: Manifest) -> str:
        return manifest.artifact_type or manifest.media_type

    @admin.display(description="size", ordering="total_size")
    def size_shown(self, manifest: Manifest) -> str:
        return human_size(manifest.total_size)

    @admin.display(description="pull with")
    def pull_command(self, manifest: Manifest) -> str:
        return f"docker pull {manifest.seen_at}/{manifest.repository.name}@{manifest.digest}"  # type: ignore[attr-defined]

    @admin.display(description="manifest")
    def raw(self, manifest: Manifest) -> str:
        return format_html("<pre>{}</pre>", json.dumps(json.loads(bytes(manifest.content)), indent=2))

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Manifest | None:
        found = super().get_object(request, *args, **kwargs)
        if found is not None:
            # The address under which this person reaches the registry is the one that their docker will reach too.
            found.seen_at = request.get_host()
        return found
