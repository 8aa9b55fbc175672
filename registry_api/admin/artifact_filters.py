"""Choices beside the list of artifacts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.console.here import here_of
from registry_api.console.words import artifact_kind
from registry_api.models import Label, Manifest
from registry_api.oci.kinds import CONFIGS, INDEXES
from registry_api.selectors.artifacts import tagged, with_labels, without_tags

MOST_LABELS = 100


class KindFilter(admin.SimpleListFilter):
    title = _("type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, artifact_kind(kind)) for kind in sorted(set(CONFIGS.values()))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Manifest]) -> QuerySet[Manifest]:
        types = [media_type for media_type, kind in CONFIGS.items() if kind == self.value()]
        if not types:
            return queryset
        wanted = Q(artifact_type__in=types)
        if self.value() == "IMAGE":
            wanted |= Q(media_type__in=INDEXES, artifact_type="")
        return queryset.filter(wanted)


class TagFilter(admin.SimpleListFilter):
    title = _("tags")
    parameter_name = "tags"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("some", _("tagged")), ("none", _("untagged"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Manifest]) -> QuerySet[Manifest]:
        match self.value():
            case "some":
                return tagged(queryset)
            case "none":
                return without_tags(queryset)
            case _:
                return queryset


class LabelFilter(admin.SimpleListFilter):
    title = _("label")
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Global ones, and those of the project that the list is of."""
        project = here_of(request).project
        rows = Label.objects.filter(Q(project=None) | Q(project=project) if project else Q(project=None))
        return [(str(row.pk), row.name) for row in rows.order_by("name")[:MOST_LABELS]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Manifest]) -> QuerySet[Manifest]:
        chosen = self.value() or ""
        known = {pk for pk, _name in self.lookup_choices}
        return with_labels(queryset, [int(chosen)]) if chosen in known else queryset
