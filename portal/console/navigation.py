"""The menu on the left, by what its reader may see, and the one behind their name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.console.here import here_of

HOME = "/admin/"


class Entry(NamedTuple):
    """``icon`` is a name of Material Symbols."""

    title: str
    icon: str
    address: str


def entries_for(actor: Actor) -> Iterator[tuple[str, Entry]]:
    """Each entry with the title of its group, which is empty for those that everybody has."""
    for title, icon, page in everybodys():
        yield "", Entry(title, icon, reverse(f"admin:{page}"))
    if actor.is_sysadmin:
        for group, inside in administrators().items():
            for title, icon, page in inside:
                yield group, Entry(title, icon, reverse(f"admin:{page}"))


def everybodys() -> list[tuple[str, str, str]]:
    return [
        (_("Dashboard"), "space_dashboard", "index"),
        (_("Projects"), "folder_open", "accounts_project_changelist"),
        (_("Repositories"), "deployed_code", "registry_api_repository_changelist"),
        (_("Logs"), "history", "audit_auditlog_changelist"),
    ]


def administrators() -> dict[str, list[tuple[str, str, str]]]:
    return {
        _("Administration"): [
            (_("Users"), "person", "accounts_user_changelist"),
            (_("Groups"), "group", "accounts_usergroup_changelist"),
            (_("Robot accounts"), "smart_toy", "accounts_robot_changelist"),
            (_("Personal tokens"), "key", "accounts_personaltoken_changelist"),
            (_("Registries"), "dns", "registry_api_registry_changelist"),
            (_("Replications"), "sync_alt", "jobs_replicationpolicy_changelist"),
            (_("Labels"), "label", "registry_api_label_changelist"),
            (_("Quotas"), "data_usage", "registry_api_quota_changelist"),
            (_("Configuration"), "settings", "accounts_configurationvalue_changelist"),
        ],
        _("Clean-up"): [
            (_("Garbage collection"), "delete_sweep", "jobs_garbagecollection_changelist"),
            (_("Log rotation"), "auto_delete", "jobs_auditpurge_changelist"),
            (_("Scrub"), "fact_check", "jobs_scrub_changelist"),
            (_("Damaged blobs"), "broken_image", "registry_api_blobfinding_changelist"),
        ],
        _("Jobs"): [
            (_("Workers and queues"), "speed", "jobs_worker_changelist"),
            (_("Executions"), "play_circle", "jobs_execution_changelist"),
            (_("Tasks"), "task_alt", "jobs_task_changelist"),
            (_("Schedules"), "schedule", "jobs_schedule_changelist"),
        ],
    }


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
    return [
        {"title": _("Profile"), "link": reverse("admin:profile")},
        {"title": _("Personal tokens"), "link": reverse("admin:accounts_personaltoken_changelist")},
        {"title": _("Change the password"), "link": reverse("admin:password_change")},
        {"title": _("REST API"), "link": reverse("api-docs")},
        {"title": _("About Portolan"), "link": reverse("admin:about")},
    ]
