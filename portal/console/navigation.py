"""The menu on the left, by what its reader may see, and the one behind their name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.console.here import here_of
from accounts.models import ConfigurationValue, PersonalToken, Project, Robot, User, UserGroup
from audit.models import AuditLog
from jobs.models import (
    AuditPurge,
    Execution,
    GarbageCollection,
    ReplicationPolicy,
    Schedule,
    Scrub,
    Task,
    Worker,
)
from registry_api.models import BlobFinding, Label, Quota, Registry, Repository

HOME = "/admin/"


class Entry(NamedTuple):
    """``icon`` is a name of Material Symbols."""

    title: str
    icon: str
    address: str


def entries_for(actor: Actor) -> Iterator[tuple[str, Entry]]:
    """Each entry with the title of its group, which is empty for those that everybody has."""
    for entry in everybodys():
        yield "", entry
    if actor.is_sysadmin:
        for group, inside in administrators().items():
            for entry in inside:
                yield group, entry


def everybodys() -> list[Entry]:
    return [
        Entry(str(admin.site.index_title), "space_dashboard", reverse("admin:index")),
        list_of(Project, "folder_open"),
        list_of(Repository, "deployed_code"),
        list_of(AuditLog, "history"),
    ]


def administrators() -> dict[str, list[Entry]]:
    return {
        _("Administration"): [
            list_of(User, "person"),
            list_of(UserGroup, "group"),
            list_of(Robot, "smart_toy"),
            list_of(PersonalToken, "key"),
            list_of(Registry, "dns"),
            list_of(ReplicationPolicy, "sync_alt"),
            list_of(Label, "label"),
            list_of(Quota, "data_usage"),
            list_of(ConfigurationValue, "settings"),
        ],
        _("Clean-up"): [
            list_of(GarbageCollection, "delete_sweep"),
            list_of(AuditPurge, "auto_delete"),
            list_of(Scrub, "fact_check"),
            list_of(BlobFinding, "broken_image"),
        ],
        _("Jobs"): [
            list_of(Worker, "speed"),
            list_of(Execution, "play_circle"),
            list_of(Task, "task_alt"),
            list_of(Schedule, "schedule"),
        ],
    }


def list_of(model: type[Model], icon: str) -> Entry:
    """As its room calls it."""
    room: Any = admin.site._registry[model]
    return Entry(room.title_of_list(), icon, room.address("changelist"))


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """As the theme wants it. On whatever is in a project, Projects is where one is."""
    here, groups = here_of(request), dict[str, list[dict[str, Any]]]()
    inside = reverse("admin:accounts_project_changelist") if here.project else request.path
    for group, entry in entries_for(here.actor):
        active = inside == entry.address or (inside.startswith(entry.address) and entry.address != HOME)
        shown = {"title": entry.title, "icon": entry.icon, "link": entry.address, "active": active}
        groups.setdefault(group, []).append(shown)
    return [{"title": title, "collapsible": bool(title), "items": items} for title, items in groups.items()]


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    tokens = list_of(PersonalToken, "key")
    return [
        {"title": _("Profile"), "link": reverse("admin:profile")},
        {"title": tokens.title, "link": tokens.address},
        {"title": _("Change the password"), "link": reverse("admin:password_change")},
        {"title": _("REST API"), "link": reverse("api-docs")},
        {"title": _("About Portolan"), "link": reverse("admin:about")},
    ]
