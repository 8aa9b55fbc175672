"""What passes is tried again as the other side asks, and not for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from registry_api.remotes.errors import NotThere, Refused, Throttled, Unauthorized, Unreachable
from registry_api.remotes.patience import retry_after
from tests.remotes.conftest import MakeAdapter
from tests.support.hand_made import Call, HandMade

TRIES = 4


def failing(times: int, status: int, **headers: str) -> object:
    """An answer that is an error so many times, and good from then on."""
    left = [times]

    def answer(call: Call) -> None:
        left[0] -= 1
        if left[0] >= 0:
            call.reply(status, **headers)
        else:
            call.reply(200, b"{}")

    return answer


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_it_works(hand_made: HandMade, adapter: MakeAdapter, pauses: list[float], status: int) -> None:
    hand_made.on("GET /v2/", failing(2, status))
    adapter(hand_made.url).check()
    assert len(hand_made.calls) == 3
    assert pauses[0] < pauses[1]


def test_it_waits_as_long_as_it_is_asked_to(hand_made: HandMade, adapter: MakeAdapter, pauses: list[float]) -> None:
    hand_made.on("GET /v2/", failing(1, 429, Retry_After="7"))
    adapter(hand_made.url).check()
    assert pauses == [7.0]


def test_it_does_not_wait_for_hours(hand_made: HandMade, adapter: MakeAdapter, pauses: list[float]) -> None:
    hand_made.on("GET /v2/", failing(1, 429, Retry_After="21600"))
    with pytest.raises(Throttled) as refused:
        adapter(hand_made.url).check()
    assert (refused.value.retry_after, refused.value.status, pauses) == (21600.0, 429, [])


@pytest.mark.parametrize(("status", "error"), [(429, Throttled), (503, Throttled), (500, Refused)])
def test_it_gives_up(hand_made: HandMade, adapter: MakeAdapter, status: int, error: type[Refused]) -> None:
    hand_made.on("GET /v2/", status)
    with pytest.raises(error) as refused:
        adapter(hand_made.url).check()
    assert refused.value.status == status
    assert len(hand_made.calls) == TRIES


@pytest.mark.parametrize("end", [0, 10, 15, 17, 25, 40, 50])
def test_a_connection_that_is_cut(hand_made: HandMade, adapter: MakeAdapter, end: int) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\nX-Y: z\r\n\r\n0123456789"
    hand_made.on("GET /v2/", lambda call: call.send(answer[:end]))
    with pytest.raises(Unreachable):
        adapter(hand_made.url).check()
    assert len(hand_made.calls) == TRIES


@pytest.mark.parametrize(("status", "error"), [(400, Refused), (403, Unauthorized), (404, NotThere), (501, Refused)])
def test_what_does_not_pass_is_tried_once(
    hand_made: HandMade, adapter: MakeAdapter, pauses: list[float], status: int, error: type[Exception]
) -> None:
    hand_made.on("GET /v2/", status)
    with pytest.raises(error):
        adapter(hand_made.url).check()
    assert (len(hand_made.calls), pauses) == (1, [])


def test_the_words_of_the_other_side_are_passed_on(hand_made: HandMade, adapter: MakeAdapter) -> None:
    body = b'{"errors": [{"code": "DENIED", "message": "no \\u0007room' + b"x" * 1000 + b'"}]}'
    hand_made.on("GET /v2/", lambda call: call.reply(405, body))
    with pytest.raises(Refused) as refused:
        adapter(hand_made.url).check()
    assert refused.value.code == "DENIED"
    assert "no roomx" in refused.value.message and len(refused.value.message) < 300


def test_the_forms_of_the_header() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 25 < retry_after({"Retry-After": soon}) <= 30
    for text in ("", "soon", "-5", "1e9", "٣", "Thu, 01 Jan 1970 00:00:00 GMT"):
        assert retry_after({"Retry-After": text}) == 0.0
    assert retry_after({"Retry-After": "9" * 50}) > 86400
