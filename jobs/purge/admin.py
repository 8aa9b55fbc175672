"""Purges of the audit log."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.events import EVENTS
from audit.words import plainly
from jobs.models import AuditPurge
from jobs.purge.kind import MOST_HOURS, PURGE, split
from jobs.upkeep.admin import ChoreAdmin, ChoreForm


class AuditPurgeForm(ChoreForm):
    audit_retention_hour = forms.IntegerField(
        label=_("Keep for so many hours"),
        min_value=1,
        max_value=MOST_HOURS,
        initial=90 * 24,
        help_text=_("What is older goes: 2160 hours are 90 days."),
    )
    include_event_types = forms.MultipleChoiceField(
        label=_("Kinds of events"),
        choices=lambda: [(name, capfirst(plainly(name))) for name in EVENTS],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Records of these alone go; of none, nothing does."),
        required=False,
    )

    def parameters(self) -> dict[str, Any]:
        return {
            "audit_retention_hour": self.cleaned_data["audit_retention_hour"],
            "include_event_types": ",".join(self.cleaned_data["include_event_types"]),
        }

    @classmethod
    def typed(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        return {**parameters, "include_event_types": split(parameters["include_event_types"])}


@admin.register(AuditPurge)
class AuditPurgeAdmin(ChoreAdmin):
    chore = PURGE
    form_class = AuditPurgeForm
    about = _("Deletes old records from the audit log. A dry run only counts them.")

    def words(self, result: dict[str, Any]) -> str:
        return gettext("%(count)s records") % {"count": result.get("purged_records", 0)}
