"""How much each project may hold, and holds: all of them side by side, the fullest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.console.filters import ConditionFilter
from accounts.console.room import ReadOnlyRoom
from registry_api.console.shown import human_size, usage_shown
from registry_api.models import Quota
from registry_api.selectors.usage import nearly_full, with_usage
from registry_api.services.quota import UNLIMITED


class LimitFilter(ConditionFilter):
    title = _("storage limit")
    parameter_name = "limit"
    options: ClassVar[Mapping[str, Any]] = {
        "full": _("nearly full"),
        "limited": _("with a limit"),
        "unlimited": _("without a limit"),
    }

    def condition(self, chosen: str) -> Q:
        if chosen == "full":
            return nearly_full()
        limited = ~Q(storage_limit=UNLIMITED)
        return limited if chosen == "limited" else ~limited


@admin.register(Quota)
class QuotaRoom(ReadOnlyRoom):
    """A limit is set in its project's configuration, and that of new projects in the configuration of the system."""

    list_display = ("project", "used_shown", "limit_shown", "owner")
    list_display_links = None
    list_filter = (LimitFilter,)
    search_fields = ("name",)
    search_help_text = _("Part of a name")
    fields = ("project", "used_shown", "limit_shown", "owner")
    readonly_fields = fields

    def visible(self, actor: Actor) -> QuerySet[Any]:
        return with_usage(super().visible(actor))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return "-used", "name"

    @admin.display(description=_("project"), ordering="name")
    def project(self, row: Quota) -> str:
        address = reverse("admin:accounts_project_configuration", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, row.name)

    @admin.display(description=_("storage"), ordering="used")
    def used_shown(self, row: Any) -> str:
        return usage_shown(row)

    @admin.display(description=_("storage limit"), ordering="storage_limit")
    def limit_shown(self, row: Quota) -> str:
        return str(_("None")) if row.storage_limit == UNLIMITED else human_size(row.storage_limit)
