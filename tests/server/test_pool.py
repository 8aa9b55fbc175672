"""Threads: as many at work as allowed, more only while others wait for clients, none for ever."""

import threading

import pytest

from portal.server.pool import Pool
from tests.support.until import wait_until


class Gate:
    """Jobs that stop in the middle until told to go on, and count how many of them are there."""

    def __init__(self):
        self.opened = threading.Event()
        self.lock = threading.Lock()
        self.inside = self.most = self.done = 0

    def job(self):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        assert self.opened.wait(20)
        with self.lock:
            self.inside -= 1
            self.done += 1

    def waiting_job(self, pool):
        with pool.waiting():
            self.job()


@pytest.fixture
def gate():
    made = Gate()
    yield made
    made.opened.set()


def test_it_works():
    done = threading.Event()
    Pool("test", active=1, most=1).submit(done.set)
    assert done.wait(20)


def test_no_more_than_allowed_work_at_once(gate):
    pool = Pool("test", active=3, most=10)
    for _ in range(20):
        pool.submit(gate.job)
    wait_until(lambda: gate.inside == 3)
    assert pool.threads == 3
    gate.opened.set()
    wait_until(lambda: gate.done == 20)
    assert gate.most == 3


def test_those_that_wait_for_clients_make_room(gate):
    pool = Pool("test", active=2, most=100)
    for _ in range(30):
        pool.submit(lambda: gate.waiting_job(pool))
    wait_until(lambda: gate.inside == 30)
    done = threading.Event()
    pool.submit(done.set)
    assert done.wait(20)


def test_but_only_up_to_the_limit(gate):
    pool = Pool("test", active=2, most=5)
    for _ in range(30):
        pool.submit(lambda: gate.waiting_job(pool))
    wait_until(lambda: gate.inside == 5)
    assert pool.threads == 5
    gate.opened.set()
    wait_until(lambda: gate.done == 30)


def test_a_job_queued_before_others_wait_is_started_when_they_do(gate):
    pool = Pool("test", active=1, most=10)
    begin, done = threading.Event(), threading.Event()

    def first():
        assert begin.wait(20)
        gate.waiting_job(pool)

    pool.submit(first)
    pool.submit(done.set)
    begin.set()
    assert done.wait(20)
    assert gate.done == 0


def test_threads_beyond_the_allowed_end_when_the_wait_is_over(gate):
    pool = Pool("test", active=2, most=50)
    for _ in range(20):
        pool.submit(lambda: gate.waiting_job(pool))
    wait_until(lambda: gate.inside == 20)
    gate.opened.set()
    wait_until(lambda: gate.done == 20)
    wait_until(lambda: pool.threads <= 2)


def test_idle_threads_end_and_tidy_up():
    ended = []
    pool = Pool("test", active=3, most=3, idle_seconds=0.05, at_end=lambda: ended.append(1))
    for _ in range(3):
        pool.submit(lambda: None)
    wait_until(lambda: pool.threads == 0)
    wait_until(lambda: len(ended) >= 1)
    assert pool.held == 0


def test_work_goes_on_after_idle_threads_have_ended():
    pool = Pool("test", active=2, most=2, idle_seconds=0.01)
    for _ in range(50):
        done = threading.Event()
        pool.submit(done.set)
        assert done.wait(20)
        threading.Event().wait(0.012)


def test_a_fault_does_not_end_the_thread():
    pool = Pool("test", active=1, most=1)
    done = threading.Event()
    pool.submit(lambda: 1 / 0)
    pool.submit(done.set)
    assert done.wait(20)


def test_many_short_jobs_from_many_threads_are_all_done():
    pool = Pool("test", active=4, most=8, idle_seconds=0.001)
    count = []
    senders = [
        threading.Thread(target=lambda: [pool.submit(lambda: count.append(1)) for _ in range(500)]) for _ in range(4)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    wait_until(lambda: len(count) == 2000)
