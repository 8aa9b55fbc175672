"""The threads of a copy: all is done, each thing once, at the pace that was set, and everybody stops when one must."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from jobs.replication.engine.crew import Crew, Halted
from jobs.replication.engine.once import Once
from jobs.replication.engine.pace import PIECE, Pace
from jobs.replication.engine.tally import MOST_LISTED, Outcome, Tally


def nothing() -> None:
    """Nobody asks for anything."""


def test_everything_is_done(live: None) -> None:
    done: list[int] = []
    Crew(done.append, size=3, beat=nothing).run(range(100))
    assert sorted(done) == list(range(100))


def test_what_a_member_raises_stops_all(live: None) -> None:
    crew: Crew[int]

    def work(item: int) -> None:
        if item == 3:
            raise ValueError("no")
        crew.wait(60)

    crew = Crew(work, size=4, beat=nothing)
    with pytest.raises(ValueError, match="no"):
        crew.run(range(100))
    with pytest.raises(Halted):
        crew.check()


def test_what_the_beat_raises_stops_all(live: None) -> None:
    begun = threading.Event()
    crew: Crew[int]

    def work(item: int) -> None:
        begun.set()
        crew.wait(60)

    def beat() -> None:
        if begun.is_set():
            raise TimeoutError

    crew = Crew(work, size=2, beat=beat)
    with pytest.raises(TimeoutError):
        crew.run(range(10))


def test_the_same_thing_is_done_once(live: None) -> None:
    once, count, lock = Once(nothing), [0], threading.Lock()

    def bring() -> None:
        with lock:
            count[0] += 1

    Crew(lambda item: once.do("blob", bring), size=8, beat=nothing).run(range(200))
    assert count == [1]


def test_what_failed_is_done_again_by_the_next(live: None) -> None:
    once, attempts = Once(nothing), []

    def bring() -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError("the first time")

    with pytest.raises(OSError, match="the first time"):
        once.do("blob", bring)
    once.do("blob", bring)
    once.do("blob", bring)
    assert len(attempts) == 2


def waits_of(pace: Callable[[Callable[[float], None]], Pace], *counts: int) -> float:
    """How many seconds a pace makes one wait for so many bytes, with a clock that stands still."""
    waited: list[float] = []
    made = pace(waited.append)
    for count in counts:
        made.take(count)
    return sum(waited)


def test_a_limit_is_kept_and_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.replication.engine.pace.time.monotonic", lambda: 100.0)
    assert waits_of(lambda wait: Pace(wait, 1000.0), 500) == pytest.approx(0.5)
    # The clock stands: each waits for what those before it have taken, too.
    assert waits_of(lambda wait: Pace(wait, 1000.0), 500, 500, 1000) == pytest.approx(0.5 + 1.0 + 2.0)


def test_without_a_limit_nobody_waits() -> None:
    assert waits_of(Pace, 1 << 30) == 0
    assert Pace(lambda seconds: None).piece(1 << 20) == 1 << 20
    assert Pace(lambda seconds: None, 10.0).piece(1 << 20) == PIECE


def test_a_limit_that_is_lifted_lets_go() -> None:
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        pace.rate = None

    pace = Pace(wait, 1.0)
    pace.take(3600)
    assert len(waited) == 1


def test_those_that_failed_are_listed_before_all_others() -> None:
    tally = Tally()
    for number in range(MOST_LISTED):
        tally.end(f"copied{number}", Outcome.COPIED)
    tally.end("there", Outcome.THERE)
    tally.end("failed", Outcome.FAILED, reason="no room")
    listed = tally.report()["artifacts"]
    assert [each["name"] for each in listed[:2]] == ["failed", "copied0"]
    assert (len(listed), tally.ended, tally.failed) == (MOST_LISTED, MOST_LISTED + 2, 1)
