"""Cron expressions have Harbor's six fields."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts.errors import BadRequest
from jobs.framework.cron import Cron

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)  # a Sunday


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("0 * * * * *", datetime(2026, 3, 1, 12, 1, tzinfo=UTC)),
        ("0 0 0 * * *", datetime(2026, 3, 2, tzinfo=UTC)),
        ("0 30 6 ? * MON", datetime(2026, 3, 2, 6, 30, tzinfo=UTC)),
        ("0 0 */8 1 1 *", datetime(2027, 1, 1, tzinfo=UTC)),
        ("0 0 0 29 2 *", datetime(2028, 2, 29, tzinfo=UTC)),
        ("@daily", datetime(2026, 3, 2, tzinfo=UTC)),
        (" 0  15  12  *  *  * ", datetime(2026, 3, 1, 12, 15, tzinfo=UTC)),
    ],
)
def test_the_next_time(text: str, following: datetime) -> None:
    assert Cron(text).next_after(NOON) == following


@pytest.mark.parametrize(
    "text",
    ["", "* * * * *", "5 * * * * *", "0 61 * * * *", "0 0 0 31 2 *", "0 a * * * *", "0 0 0 * * * 2030", "@reboot",
     "0 " + "1," * 60 + "1 * * * *", "0 0 0 0 * *", "0 0 24 * * *", "0 -1 * * * *", "0 \0 * * * *"],
)  # fmt: skip
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadRequest) as refused:
        Cron(text)
    assert refused.value.field == "cron"
