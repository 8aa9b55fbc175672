"""Repositories in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from audit.read_only import ReadOnlyAdmin
from registry_api.models import Manifest, Repository, Tag


@admin.register(Repository)
class RepositoryAdmin(ReadOnlyAdmin):
    list_display = ["name", "project", "artifacts", "tags_shown", "pull_count", "push_time", "pull_time"]
    list_filter = ["project__visibility"]
    search_fields = ["name"]
    list_select_related = ["project"]
    ordering = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Repository]:
        return (
            super()
            .get_queryset(request)
            .filter(push_time__isnull=False)
            .annotate(artifact_count=_count(Manifest), tag_count=_count(Tag))
        )

    @admin.display(description="artifacts", ordering="artifact_count")
    def artifacts(self, repository: Any) -> str:
        return _link("registry_api_manifest", repository, repository.artifact_count)

    @admin.display(description="tags", ordering="tag_count")
    def tags_shown(self, repository: Any) -> str:
        return _link("registry_api_tag", repository, repository.tag_count)


def _count(model: type[Manifest] | type[Tag]) -> Coalesce:
    """Rows of the model in each repository: a sub-select, since joining both would multiply them."""
    rows = model.objects.filter(repository=OuterRef("pk")).order_by().values("repository")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def _link(model: str, repository: Repository, count: int) -> str:
    address = reverse(f"admin:{model}_changelist", query={"repository__id__exact": repository.pk})
    return format_html('<a href="{}">{}</a>', address, count)
