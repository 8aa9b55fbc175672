"""Artifacts: the lists, and what can be done to one (its page is in ``artifact_page``)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.console.here import Here, here_of
from registry_api.admin.artifact_deeds import ArtifactDeeds
from registry_api.admin.artifact_filters import KindFilter, LabelFilter, TagFilter
from registry_api.admin.in_repository import InRepository
from registry_api.console.shown import human_size, label_shown, platform_shown, short_digest
from registry_api.console.words import artifact_kind
from registry_api.models import Manifest, Tag
from registry_api.oci.kinds import kind_of
from registry_api.selectors.artifacts import around, standing_alone
from registry_api.services.attributes import attributes_of

ICONS = {"IMAGE": "deployed_code", "CHART": "anchor", "SBOM": "receipt_long", "WASM": "memory", "CNAI": "neurology"}
MOST_TAGS = 6


@admin.register(Manifest)
class ArtifactRoom(ArtifactDeeds, InRepository):
    resource = "artifact"
    list_display = (
        *("artifact", "tag_names", "platforms", "size_shown", "labels", "accessories", "push_time", "pull_time"),
    )
    list_filter = (KindFilter, TagFilter, LabelFilter)
    search_fields = ("digest",)
    search_help_text = _("Tag, or beginning of a digest")
    ordering = ("-push_time", "-id")

    def get_urls(self) -> list[URLPattern]:
        return [*self.deed_urls(), *super().get_urls()]

    # The list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Manifest]:
        return super().get_queryset(request).defer("content")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Without a search, no parts of indexes and no accessories: their artifacts show them."""
        wanted = search_term.strip()
        if not wanted:
            return standing_alone(queryset), False
        # Looked for once among the tags of the list, and not for each artifact among its own.
        tags = Tag.objects.filter(**here_of(request).limit, name__icontains=wanted)
        digest = wanted if ":" in wanted else f"sha256:{wanted}"
        return queryset.filter(Q(digest__startswith=digest.lower()) | Q(pk__in=tags.values("manifest"))), False

    def fill(self, request: HttpRequest, rows: list[Any]) -> None:
        beside = around(rows, accessories=True, labels=True)
        attributes = attributes_of(rows)
        for row in rows:
            row.found = {
                "tags": beside.tags[row.pk],
                "parts": beside.parts[row.pk],
                "labels": beside.labels[row.pk],
                "accessories": beside.accessories[row.repository_id, row.digest],
                "attributes": attributes.get(row.pk, {}),
            }

    @admin.display(description=_("artifact"), ordering="digest")
    def artifact(self, row: Any) -> SafeString:
        kind = kind_of(row.media_type, row.artifact_type)
        word = artifact_kind(kind)
        return format_html(
            '<span class="material-symbols-outlined kind" title="{}" aria-hidden="true">{}</span>'
            ' <span class="unseen">{}</span> <span class="digest">{}</span>',
            word,
            ICONS.get(kind, "draft"),
            word,
            short_digest(row.digest),
        )

    @admin.display(description=_("tags"))
    def tag_names(self, row: Any) -> SafeString:
        tags = row.found["tags"]
        shown = format_html_join("", '<span class="badge busy">{}</span>', ((tag.name,) for tag in tags[:MOST_TAGS]))
        more = len(tags) - MOST_TAGS
        return format_html("{}{}", shown, format_html('<span class="subtle">+{}</span>', more) if more > 0 else "")

    @admin.display(description=_("platforms"))
    def platforms(self, row: Any) -> str:
        if row.depth:
            named = [platform_shown(part.platform or {}) for part in row.found["parts"]]
            return ", ".join(name for name in named if name) or "-"
        return platform_shown(row.found["attributes"]) or "-"

    @admin.display(description=_("size"), ordering="total_size")
    def size_shown(self, row: Manifest) -> str:
        return human_size(row.total_size)

    @admin.display(description=_("labels"))
    def labels(self, row: Any) -> SafeString:
        return format_html_join("", "{}", ((label_shown(label),) for label in row.found["labels"]))

    @admin.display(description=_("accessories"))
    def accessories(self, row: Any) -> str:
        return str(len(row.found["accessories"]) or "-")

    # One of them

    def way_to(self, here: Here, row: Manifest | None) -> list[tuple[str, str]]:
        if here.project is None or row is None:
            return []
        return [
            (str(_("Repositories")), reverse("admin:accounts_project_repositories", args=[here.project.pk])),
            (row.repository.name, reverse("admin:registry_api_repository_change", args=[row.repository_id])),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return self.gone(request, object_id)
        return self.artifact_page(request, row)
