"""The thread at the helm answers short requests itself; the watch takes over when it is held up."""

from __future__ import annotations

import threading
import time

import pytest

from portal.server.helm import Helm

WAIT = 20.0  # seconds: a bound against hanging


class Ship:
    """A loop whose turns are jobs that a test gives it; it notes which threads steered."""

    def __init__(self, crew: int = 3) -> None:
        self.alive = True
        self.jobs: list = []
        self.steered: set[int] = set()
        self.at_once: list[int] = []
        self.left = threading.Semaphore(0)
        self.given = threading.Condition()
        self.turns = 0
        self.helm = Helm(self.turn, lambda: self.alive, crew=crew, at_end=self.left.release)
        self.thread = threading.Thread(target=self.run)
        self.raised: list[Exception] = []

    def run(self) -> None:
        try:
            self.helm.run(lambda _seconds: time.sleep(0.005))
        except ValueError as fault:
            self.raised.append(fault)

    def turn(self) -> None:
        me = threading.get_ident()
        self.at_once.append(me)
        assert len(set(self.at_once)) == 1, "two threads are at the helm"
        with self.given:
            self.turns += 1
            self.given.notify_all()
            job = self.jobs.pop(0) if self.jobs else None
            if job is None:
                self.given.wait(0.002)
        self.steered.add(me)
        self.at_once.remove(me)
        if job is not None:
            job()

    def give(self, job) -> None:
        with self.given:
            self.jobs.append(job)
            self.given.notify_all()

    def pass_turns(self, count: int) -> None:
        with self.given:
            goal = self.turns + count
            assert self.given.wait_for(lambda: self.turns >= goal, WAIT), "nobody steers"


@pytest.fixture
def ship():
    ship = Ship()
    ship.thread.start()
    yield ship
    ship.alive = False
    ship.thread.join(WAIT)
    assert not ship.thread.is_alive()


def answer(ship: Ship, job) -> threading.Event:
    """Has the job run by the thread at the helm; the event is set when it was."""
    done = threading.Event()

    def attempt() -> None:
        if ship.helm.answer_here(job):
            done.set()
        else:
            ship.give(attempt)

    ship.give(attempt)
    return done


def hold_up(ship: Ship, release: threading.Event, at_end=lambda: None) -> threading.Event:
    """Has the thread at the helm held up until the release, and returns when it is; the event is set when it was."""
    begun = threading.Event()

    def held_up() -> None:
        begun.set()
        assert release.wait(WAIT)
        at_end()

    done = answer(ship, held_up)
    assert begun.wait(WAIT)
    return done


def test_a_short_job_runs_at_the_helm(ship):
    seen = []
    assert answer(ship, lambda: seen.append((threading.get_ident(), ship.helm.steering()))).wait(WAIT)
    assert seen[0][1] is True
    ship.pass_turns(3)


def test_the_loop_goes_on_while_a_job_is_held_up(ship):
    release, kept = threading.Event(), []
    done = hold_up(ship, release, lambda: kept.append(ship.helm.steering()))
    ship.pass_turns(50)
    assert answer(ship, lambda: None).wait(WAIT)
    release.set()
    assert done.wait(WAIT)
    assert kept == [False]
    ship.pass_turns(5)
    assert len(ship.steered) >= 2


def test_without_a_watch_nothing_runs_at_the_helm():
    ship = Ship(crew=1)
    ship.thread.start()
    said = []
    ship.give(lambda: said.append(ship.helm.answer_here(lambda: said.append("ran"))))
    ship.pass_turns(5)
    ship.alive = False
    ship.thread.join(WAIT)
    assert said == [False]


def test_as_many_jobs_may_be_held_up_as_there_are_others_in_the_crew(ship):
    release = threading.Event()
    first = hold_up(ship, release)
    ship.pass_turns(20)
    second = hold_up(ship, release)
    ship.pass_turns(20)
    said = []
    ship.give(lambda: said.append(ship.helm.answer_here(lambda: None)))
    ship.pass_turns(20)
    assert said == [False], "the last one would be nobody's to relieve"
    release.set()
    assert first.wait(WAIT)
    assert second.wait(WAIT)


def test_a_fault_in_a_job_is_logged_and_does_not_cost_the_helm(ship, caplog):
    def fault() -> None:
        raise ValueError("what went wrong")

    assert answer(ship, fault).wait(WAIT)
    assert "what went wrong" in caplog.text
    ship.pass_turns(10)


def test_the_end_does_not_wait_for_a_job_that_is_held_up():
    ship, release = Ship(), threading.Event()
    ship.thread.start()
    hold_up(ship, release)
    ship.pass_turns(20)
    hold_up(ship, release)
    ship.pass_turns(20)
    ship.alive = False
    release.set()
    ship.thread.join(WAIT)
    assert not ship.thread.is_alive()
    for _ in range(3):
        assert ship.left.acquire(timeout=WAIT)


def test_the_end_comes_although_everybody_is_held_up(ship):
    """Who waits for the end runs no requests: nothing that a client asks can keep it from hearing a signal."""
    release = threading.Event()
    first = hold_up(ship, release)
    ship.pass_turns(20)
    ship.alive = False
    ship.thread.join(WAIT)
    assert not ship.thread.is_alive()
    assert not first.is_set()
    release.set()


def test_a_fault_of_the_loop_itself_is_raised_where_it_can_end_the_process():
    ship = Ship()

    def fault() -> None:
        raise ValueError("the loop is broken")

    ship.thread.start()
    ship.give(fault)
    ship.thread.join(WAIT)
    assert not ship.thread.is_alive()
    assert [str(raised) for raised in ship.raised] == ["the loop is broken"]
    for _ in range(3):
        assert ship.left.acquire(timeout=WAIT)
