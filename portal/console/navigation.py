"""The menu on the left, by what its reader may see, and the one behind their name."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of entries: everybody's, and those of system administrators."""
    own = {
        "items": [
            _entry(_("Dashboard"), "space_dashboard", "index"),
            _entry(_("Projects"), "folder_open", "accounts_project_changelist"),
            _entry(_("Repositories"), "deployed_code", "registry_api_repository_changelist"),
            _entry(_("Logs"), "history", "audit_auditlog_changelist"),
        ]
    }
    return [own, *_administration()] if request.user.is_sysadmin else [own]  # type: ignore[union-attr]


def _administration() -> list[dict[str, Any]]:
    return [
        {
            "title": _("Administration"),
            "collapsible": True,
            "items": [
                _entry(_("Users"), "person", "accounts_user_changelist"),
                _entry(_("Groups"), "group", "accounts_usergroup_changelist"),
                _entry(_("Robot accounts"), "smart_toy", "accounts_robot_changelist"),
                _entry(_("Personal tokens"), "key", "accounts_personaltoken_changelist"),
                _entry(_("Registries"), "dns", "registry_api_registry_changelist"),
                _entry(_("Replications"), "sync_alt", "jobs_replicationpolicy_changelist"),
            ],
        },
        {
            "title": _("Clean-up"),
            "collapsible": True,
            "items": [
                _entry(_("Garbage collection"), "delete_sweep", "jobs_garbagecollection_changelist"),
                _entry(_("Log rotation"), "auto_delete", "jobs_auditpurge_changelist"),
                _entry(_("Scrub"), "fact_check", "jobs_scrub_changelist"),
                _entry(_("Damaged blobs"), "broken_image", "registry_api_blobfinding_changelist"),
            ],
        },
        {
            "title": _("Jobs"),
            "collapsible": True,
            "items": [
                _entry(_("Workers and queues"), "speed", "jobs_worker_changelist"),
                _entry(_("Executions"), "play_circle", "jobs_execution_changelist"),
                _entry(_("Tasks"), "task_alt", "jobs_task_changelist"),
                _entry(_("Schedules"), "schedule", "jobs_schedule_changelist"),
            ],
        },
    ]


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    return [
        {"title": _("Change password"), "link": reverse("admin:password_change")},
        {"title": _("REST API"), "link": reverse("api-docs")},
    ]


def _entry(title: str, icon: str, page: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse(f"admin:{page}")}
