"""How jobs look in the admin. What is displayed of a row stands in the lists and pages of all rooms as it is here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.console.filters import ConditionFilter
from jobs.models import Execution, Schedule, Status, Task
from jobs.words import KINDS, kind_in_words, unit_in_words

COLOURS = {
    Status.PENDING: "plain",
    Status.RUNNING: "busy",
    Status.SUCCESS: "good",
    Status.ERROR: "bad",
    Status.STOPPED: "warn",
}


@admin.display(description=_("kind"), ordering="kind")
def kind_shown(row: Execution | Task | Schedule) -> str:
    return kind_in_words(row.kind)


@admin.display(description=_("status"), ordering="status")
def status_shown(row: Execution | Task) -> SafeString:
    """The status in words, as a badge of its colour."""
    status = Status(row.status)
    return format_html('<span class="badge {}" data-live="status">{}</span>', COLOURS[status], status.label)


class KindFilter(ConditionFilter):
    title, parameter_name = _("kind"), "kind"
    options: ClassVar[Mapping[str, Any]] = KINDS

    def condition(self, chosen: str) -> Q:
        return Q(kind=chosen)


@admin.display(description=_("took"))
def duration_shown(row: Execution | Task) -> str:
    """From its start to its end, or to its last change while it runs."""
    if row.start_time is None:
        return "-"
    seconds = int(((row.end_time or row.update_time) - row.start_time).total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def progress_words(task: Task) -> str:
    """``3 of 12 blobs``; amounts of bytes as people read them."""
    if not (task.done or task.total):
        return ""
    if task.unit == "bytes":
        done, total, unit = filesizeformat(task.done), filesizeformat(task.total), ""
    else:
        done, total, unit = str(task.done), str(task.total), unit_in_words(task.unit)
    words = gettext("%(done)s of %(total)s") % {"done": done, "total": total} if task.total else done
    return f"{words} {unit}".strip()


@admin.display(description=_("progress"))
def progress_shown(task: Task) -> SafeString:
    percent = task.percent
    bar = format_html('<progress max="100" value="{}" data-live="percent"></progress> ', percent) if percent else ""
    return format_html('{}<span data-live="progress">{}</span>', bar, progress_words(task))


def state_of(row: Execution | Task, task: Task | None, **more: Any) -> dict[str, Any]:
    """What the page of the row asks for while it runs; its progress is that of the task, where there is one."""
    state: dict[str, Any] = {"ended": row.has_ended, "status": str(Status(row.status).label), **more}
    return {**state, "progress": progress_words(task), "percent": task.percent} if task else state
