"""What somebody wants to see on arrival: an administrator the installation, everybody else what is theirs."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from django.db.models import F, QuerySet, Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Member, Project, User
from accounts.selectors.logs import logs_visible_to
from jobs.admin.shown import progress_words
from jobs.models import Execution, Status
from jobs.selectors.queues import running_tasks, workers
from portal.health import health
from registry_api.console.newest import newest_of
from registry_api.console.shown import usage_shown
from registry_api.models import Activity, Manifest
from registry_api.selectors.listing import listed_repositories
from registry_api.selectors.usage import nearly_full, stored_bytes, with_usage

DAYS = 30
MOST = 8
LATELY = timedelta(days=7)
UNITS = (("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10))


def dashboard(actor: Actor) -> dict[str, Any]:
    shown = {"figures": _figures(actor), "activity": _activity(actor), "newest": _newest(actor)}
    return shown | (_of_installation(actor) if actor.is_sysadmin else {"projects": _projects(actor)})


def _figures(actor: Actor) -> list[dict[str, Any]]:
    projects = Project.objects.visible_to(actor)
    figures = [
        {"title": _("Projects"), "figure": projects.count(), "page": "admin:accounts_project_changelist"},
        {
            "title": _("Repositories"),
            "figure": listed_repositories(actor).count(),
            "page": "admin:registry_api_repository_changelist",
        },
    ]
    if actor.is_sysadmin:
        people = User.objects.existing().filter(is_active=True).count()
        figures.append({"title": _("Users"), "figure": people, "page": "admin:accounts_user_changelist"})
        figures.append({"title": _("Stored"), "bytes": stored_bytes()})
    return figures


def _activity(actor: Actor) -> str:
    """Pushes and pulls of each of the last days, as the theme's chart takes them."""
    first = timezone.now().date() - timedelta(days=DAYS - 1)
    rows = Activity.objects.filter(day__gte=first)
    if not actor.is_sysadmin:
        rows = rows.filter(project__in=Project.objects.allowing(actor, "repository", "list"))
    totals = {
        row["day"]: row for row in rows.order_by().values("day").annotate(pushed=Sum("pushes"), pulled=Sum("pulls"))
    }
    days = [first + timedelta(days=number) for number in range(DAYS)]
    return json.dumps(
        {
            "labels": [_short(day) for day in days],
            "datasets": [
                _line(
                    _("Pulls"),
                    [totals[day]["pulled"] if day in totals else 0 for day in days],
                    "var(--color-primary-500)",
                ),
                _line(_("Pushes"), [totals[day]["pushed"] if day in totals else 0 for day in days], "#ca8a04"),
            ],
        }
    )


def _line(label: str, data: list[int], colour: str) -> dict[str, Any]:
    return {"label": label, "data": data, "borderColor": colour, "backgroundColor": colour, "displayYAxis": True}


def _short(day: date) -> str:
    return date_format(day, "MONTH_DAY_FORMAT")


def _newest(actor: Actor) -> list[dict[str, Any]]:
    """What was pushed last to the repositories that were pushed to last."""
    repositories = list(listed_repositories(actor).order_by("-push_time", "-pk")[:MOST])
    return newest_of(Manifest.objects.filter(repository__in=repositories), MOST)


def _projects(actor: Actor) -> list[dict[str, Any]]:
    """The user's own ones, fullest first."""
    own = Project.objects.filter(pk__in=Member.objects.of_user(actor.id).values("project"))
    return _shares(_by_use(own))


def _of_installation(actor: Actor) -> dict[str, Any]:
    since = timezone.now() - LATELY
    ended_badly = Execution.objects.filter(status=Status.ERROR, end_time__gte=since).order_by("-pk")
    return {
        "storage": _storage(),
        "nearly_full": _nearly_full(),
        "running": [{"task": task, "progress": progress_words(task)} for task in running_tasks()[:MOST]],
        "failed": ended_badly[:MOST],
        "events": logs_visible_to(actor).order_by("-pk")[:MOST],
        "parts": health(),
        "workers": workers().count(),
    }


def _by_use(rows: QuerySet[Project]) -> QuerySet[Any]:
    return with_usage(rows).order_by("-used", "name")


def _storage() -> dict[str, str]:
    """The projects that hold most, as the theme's chart takes them, and the unit of its numbers."""
    rows = list(_by_use(Project.objects.all())[:MOST])
    most = max((int(row.used) for row in rows), default=0)
    unit, size = next(((name, size) for name, size in UNITS if most >= size), UNITS[-1])
    data = [round(int(row.used) / size, 1) for row in rows]
    bars = {"label": unit, "data": data, "backgroundColor": "var(--color-primary-500)", "displayYAxis": True}
    return {"unit": unit, "chart": json.dumps({"labels": [row.name for row in rows], "datasets": [bars]})}


def _nearly_full() -> list[dict[str, Any]]:
    rows = with_usage(Project.objects.all()).filter(nearly_full())
    return _shares(rows.order_by((F("used") * 1.0 / F("storage_limit")).desc()))


def _shares(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    return [{"project": row, "storage": usage_shown(row)} for row in rows[:MOST]]
