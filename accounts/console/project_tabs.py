"""The tabs of a project's room: each app that keeps something in projects says what it shows there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse

from accounts.console.here import Here
from accounts.models import Project
from accounts.permissions import Permission


@dataclass(frozen=True)
class Tab:
    """What is at ``slug`` in a project's room, for whoever has the permission ``needs``.

    A list of the rows of ``model`` that are the project's; or, with ``page``, the page of that name in the admin, whose
    address takes the project's id, and the pages of the rows of ``model`` behind it. ``order`` places the tab among the
    others.
    """

    slug: str
    title: Any  # lazily translated
    needs: Permission
    order: int
    model: type[Model] | None = None
    page: str = ""

    def address(self, project: Project) -> str:
        return reverse(f"admin:{self.page or f'accounts_project_{self.slug}'}", args=[project.pk])


_tabs: dict[str, Tab] = {}


def show_in_projects(tab: Tab) -> None:
    """Called once for each tab, when the rooms are registered."""
    _tabs[tab.slug] = tab


def tabs() -> list[Tab]:
    return sorted(_tabs.values(), key=lambda tab: tab.order)


def tab_of(model: type[Model]) -> Tab | None:
    return next((tab for tab in _tabs.values() if tab.model is model), None)


def open_tabs(here: Here) -> list[Tab]:
    """Those of the project that the page is about, as far as its visitor may see them."""
    if here.project is None:
        return []
    return [tab for tab in tabs() if here.may(*tab.needs)]
