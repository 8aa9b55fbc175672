"""The way from the menu to the page, as links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.console.here import Here
from accounts.models import Project


class Crumb(NamedTuple):
    """``address`` is empty for the page itself."""

    title: str
    address: str = ""


def crumbs_of(here: Here, context: Mapping[str, Any]) -> list[Crumb]:
    """Through the project where the page is in one, else through the list that its row stands in."""
    opts, title = context.get("opts"), str(context.get("title") or "")
    if opts is None and (change_list := context.get("cl")):
        opts = change_list.opts
    steps: list[Crumb] = []
    if here.project:
        steps = [
            Crumb(_("Projects"), reverse("admin:accounts_project_changelist")),
            Crumb(here.project.name, reverse("admin:accounts_project_change", args=[here.project.pk])),
            *(Crumb(title, address) for title, address in here.way),
        ]
    elif opts and opts.model is not Project:
        address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        room: Any = admin.site._registry[opts.model]
        steps.append(Crumb(room.title_of_list(), address))
    own = str(context.get("original") or title)
    if steps and own.lower() == steps[-1].title.lower():
        steps.pop()
    return [*steps, Crumb(own)]
