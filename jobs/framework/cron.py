"""Harbor's cron expressions: second, minute, hour, day, month, weekday, the second being 0."""

from __future__ import annotations

from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from accounts.errors import BadRequest

LONGEST = 64  # characters
SHORTHANDS = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}


class Cron:
    """An expression that has been understood; all times are UTC."""

    def __init__(self, text: str) -> None:
        """Raises BadRequest."""
        fields = SHORTHANDS.get(text.strip().lower(), text).split()
        if len(text) > LONGEST or len(fields) != 6:
            raise BadRequest(
                "a cron has six fields: second, minute, hour, day of the month, month, day of the week", field="cron"
            )
        if fields[0] != "0":
            raise BadRequest("the first field of a cron, the second, must be 0", field="cron")
        self.fields = tuple(fields)
        # Where a question mark stands for any day: the library knows the star alone.
        self._expression = " ".join("*" if field == "?" else field for field in fields[1:])
        self.next_after(datetime(2000, 1, 1, tzinfo=UTC))

    def next_after(self, moment: datetime) -> datetime:
        """The first time that fits and is later than ``moment``. Raises BadRequest where there never is one."""
        try:
            return next(CronSim(self._expression, moment.astimezone(UTC)))
        except (CronSimError, StopIteration) as error:
            raise BadRequest(
                f"the cron {' '.join(self.fields)} cannot be read: {error or 'it never comes'}"[:200], field="cron"
            ) from error
