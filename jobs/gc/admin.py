"""Garbage collection."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jobs.gc.kind import GARBAGE_COLLECTION
from jobs.models import GarbageCollection
from jobs.upkeep.admin import ChoreAdmin, ChoreForm
from registry_api.services.collection.options import MOST_WORKERS


class GarbageCollectionForm(ChoreForm):
    delete_untagged = forms.BooleanField(
        label=_("Delete artifacts without a tag"),
        required=False,
        help_text=_(
            "With their parts, signatures and other accessories. Parts of a tagged index and accessories of a tagged"
            " artifact stay."
        ),
    )
    workers = forms.IntegerField(
        label=_("Deletions at the same time"), min_value=1, max_value=MOST_WORKERS, initial=1, required=False
    )

    def parameters(self) -> dict[str, Any]:
        return {
            "delete_untagged": self.cleaned_data["delete_untagged"],
            "workers": self.cleaned_data["workers"] or 1,
        }


@admin.register(GarbageCollection)
class GarbageCollectionAdmin(ChoreAdmin):
    chore = GARBAGE_COLLECTION
    form_class = GarbageCollectionForm
    about = _(
        "Frees the bytes of layers and configurations that no artifact needs any more. Pushes and pulls go on"
        " meanwhile. A dry run only lists what would go."
    )

    def words(self, result: dict[str, Any]) -> str:
        return gettext("%(size)s: %(blobs)s blobs and %(manifests)s artifacts") % {
            "size": filesizeformat(result.get("freed_space", 0)),
            "blobs": result.get("purged_blobs", 0),
            "manifests": result.get("purged_manifests", 0),
        }
