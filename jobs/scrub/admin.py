"""Scrubs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jobs.models import Scrub
from jobs.scrub.kind import FASTEST, SCRUB
from jobs.upkeep.admin import ChoreAdmin, ChoreForm
from registry_api.services.scrubbing.reading import DEFAULT_RATE

MIB = 1 << 20


class ScrubForm(ChoreForm):
    rate = forms.IntegerField(
        label=_("MiB a second"),
        min_value=0,
        max_value=FASTEST // MIB,
        initial=DEFAULT_RATE // MIB,
        help_text=_("How fast it may read at most; 0 for no limit."),
    )
    remove_orphans = forms.BooleanField(
        label=_("Remove what nothing knows of"),
        required=False,
        help_text=_("Bytes in the store that the database does not know: the next garbage collection deletes them."),
    )

    def parameters(self) -> dict[str, Any]:
        return {"rate": self.cleaned_data["rate"] * MIB, "remove_orphans": self.cleaned_data["remove_orphans"]}

    @classmethod
    def typed(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        return {**parameters, "rate": parameters["rate"] // MIB}


@admin.register(Scrub)
class ScrubAdmin(ChoreAdmin):
    chore = SCRUB
    form_class = ScrubForm
    has_dry_run = False
    about = _(
        "Reads all stored bytes again and compares them with their digests. What is damaged or missing is listed under"
        " “damaged blobs”, with the repositories that show it: to push such an image again repairs it."
    )

    def words(self, result: dict[str, Any]) -> str:
        words = gettext("%(blobs)s blobs, %(size)s: %(corrupt)s damaged, %(missing)s missing, %(orphans)s unknown")
        return words % {
            "blobs": result.get("checked_blobs", 0),
            "size": filesizeformat(result.get("checked_bytes", 0)),
            "corrupt": result.get("corrupt_blobs", 0),
            "missing": result.get("missing_blobs", 0),
            "orphans": result.get("orphans", 0),
        }
