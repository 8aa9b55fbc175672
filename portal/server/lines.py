"""The lines that begin every answer, whichever way it was made."""

from __future__ import annotations

import time

SERVER = "Portolan"

_date_of = 0
_date_line = b""


def date_line() -> bytes:
    """``Date: …`` with its CRLF, made once a second."""
    global _date_of, _date_line
    now = int(time.time())
    if now != _date_of:
        # Built by hand: strftime would put in the names of days and months of the process's locale.
        year, month, day, hour, minute, second, weekday, *_ = time.gmtime(now)
        date = f"{_DAYS[weekday]}, {day:02d} {_MONTHS[month - 1]} {year} {hour:02d}:{minute:02d}:{second:02d} GMT"
        _date_line = f"Date: {date}\r\n".encode("ascii")
        _date_of = now
    return _date_line


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
