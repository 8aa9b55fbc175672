"""What the parts of jobs are called by people."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

KINDS: dict[str, Promise] = {
    "GARBAGE_COLLECTION": _("Garbage collection"),
    "PURGE_AUDIT_LOG": _("Log rotation"),
    "REPLICATION": _("Replication"),
    "RETENTION": _("Tag retention"),
    "SCRUB": _("Scrub"),
    "SLACK": _("Message to Slack"),
    "WEBHOOK": _("Webhook"),
}
TIMES: dict[str, Promise] = {
    "Custom": _("Custom"),
    "Daily": _("Daily"),
    "Hourly": _("Hourly"),
    "Schedule": _("Custom"),
    "Weekly": _("Weekly"),
}
UNITS: dict[str, Promise] = {
    "artifacts": pgettext_lazy("unit", "artifacts"),
    "blobs": pgettext_lazy("unit", "blobs"),
    "records": pgettext_lazy("unit", "records"),
    "repositories": pgettext_lazy("unit", "repositories"),
    "tags": pgettext_lazy("unit", "tags"),
}


def kind_in_words(kind: str) -> str:
    """Of a job; its own name where there are no words for it."""
    return str(KINDS.get(kind, kind))


def times_in_words(cron_type: str) -> str:
    """How the times of a schedule were chosen."""
    return str(TIMES.get(cron_type, cron_type))


def begins_in_words(times: str, *, rests: bool) -> str:
    """When something begins by itself, where its schedule may rest."""
    return gettext("%(times)s (rests)") % {"times": times} if rests else times


def unit_in_words(unit: str) -> str:
    """What progress is counted in, behind the number."""
    return str(UNITS.get(unit, unit))
