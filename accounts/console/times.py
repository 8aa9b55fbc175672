"""Moments as people read them."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

JUST_NOW = 60  # seconds


def moment_shown(time: datetime | None) -> SafeString | str:
    """How long ago, or how soon, with the exact time on the pointer; a dash for never."""
    if time is None:
        return "–"
    present = now()
    exact = date_format(localtime(time), "DATETIME_FORMAT")
    if abs((present - time).total_seconds()) < JUST_NOW:
        words = _("just now")
    elif time > present:
        words = _("in %(time)s") % {"time": timesince(present, time, depth=1)}
    else:
        words = _("%(time)s ago") % {"time": timesince(time, present, depth=1)}
    return format_html('<time datetime="{}" title="{}">{}</time>', time.isoformat(), exact, words)
