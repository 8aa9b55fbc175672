"""Gathered pulls: nothing is lost on the way to the database, and nothing is counted twice."""

import os
import threading

import pytest
from django.db import OperationalError

from registry_api.fastpath import pulls


@pytest.fixture(autouse=True)
def empty():
    pulls.drain()
    yield
    pulls.stop()
    pulls.drain()


def test_it_gathers():
    pulls.count(1, 2, "latest", "ann")
    pulls.count(1, 2, "latest", "ann")
    pulls.count(1, 2, "", "ann")
    assert pulls.drain() == {(1, 2, "latest", "ann"): 2, (1, 2, "", "ann"): 1}
    assert pulls.drain() == {}


def test_a_flush_hands_over_what_has_gathered():
    handed = []
    pulls.count(1, 2, "", "ann")
    pulls.flush(handed.append)
    assert handed == [{(1, 2, "", "ann"): 1}]


def test_nothing_gathered_is_nothing_written():
    handed = []
    pulls.flush(handed.append)
    assert handed == []


def test_a_database_that_is_away_loses_no_pull():
    def refuse(_pulls):
        pulls.count(1, 2, "", "ann")
        raise OperationalError("the database is locked")

    pulls.count(1, 2, "", "ann")
    pulls.flush(refuse)
    assert pulls.drain() == {(1, 2, "", "ann"): 2}


def test_what_gathers_is_bounded(monkeypatch):
    monkeypatch.setattr(pulls, "MOST_GATHERED", 3)
    for number in range(10):
        pulls.count(1, number, "", "ann")
    pulls.count(1, 0, "", "ann")
    assert pulls.drain() == {(1, 0, "", "ann"): 2, (1, 1, "", "ann"): 1, (1, 2, "", "ann"): 1}


def test_counts_from_many_threads_add_up():
    threads = [threading.Thread(target=lambda: [pulls.count(1, 2, "", "ann") for _ in range(2000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pulls.drain() == {(1, 2, "", "ann"): 8000}


def test_the_thread_hands_over_by_itself():
    handed = threading.Event()
    pulls.start(lambda _pulls: handed.set(), 0.01)
    pulls.count(1, 2, "", "ann")
    assert handed.wait(10)


def test_the_thread_survives_a_fault_of_the_writer():
    rounds = []
    second = threading.Event()

    def fail_once(gathered):
        rounds.append(gathered)
        if len(rounds) == 1:
            pulls.count(3, 4, "", "ann")
            raise ValueError("a fault")
        second.set()

    pulls.start(fail_once, 0.01)
    pulls.count(1, 2, "", "ann")
    assert second.wait(10)


def test_the_end_hands_over_the_rest():
    handed = []
    pulls.start(handed.append, 3600)
    pulls.count(1, 2, "", "ann")
    pulls.stop()
    assert handed == [{(1, 2, "", "ann"): 1}]


def test_a_fork_starts_with_nothing_gathered_and_no_thread():
    pulls.start(lambda _pulls: None, 3600)
    pulls.count(1, 2, "", "ann")
    child = os.fork()
    if child == 0:
        os._exit(0 if pulls.drain() == {} and pulls._flusher is None else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert pulls.drain() == {(1, 2, "", "ann"): 1}
