"""The message on top of every page, in Harbor's form: a JSON object, whose dates are written month/day/year."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

KINDS = ("info", "success", "warning", "danger")
DATE = "%m/%d/%Y"


@dataclass(frozen=True, slots=True)
class Banner:
    """``start`` and ``end`` are days (UTC), both included; None: no bound."""

    message: str
    kind: str = "info"
    closable: bool = False
    start: date | None = None
    end: date | None = None

    def is_due(self, today: date) -> bool:
        return (self.start is None or self.start <= today) and (self.end is None or today <= self.end)


def read_banner(text: str) -> Banner | None:
    """None where there is no message. A text that is no JSON object is the message itself."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return Banner(text) if text.strip() else None
    message = str(found.get("message") or "")
    if not message.strip():
        return None
    kind = found.get("type")
    return Banner(
        message,
        kind if kind in KINDS else "info",
        bool(found.get("closable")),
        _day(found.get("fromDate")),
        _day(found.get("toDate")),
    )


def written_banner(banner: Banner | None) -> str:
    """The way back from :func:`read_banner`."""
    if banner is None:
        return ""
    told = {"message": banner.message, "type": banner.kind, "closable": banner.closable}
    for name, day in (("fromDate", banner.start), ("toDate", banner.end)):
        if day is not None:
            told[name] = day.strftime(DATE)
    return json.dumps(told, ensure_ascii=False)


def _day(text: object) -> date | None:
    try:
        return datetime.strptime(str(text), DATE).date()
    except ValueError:
        return None
