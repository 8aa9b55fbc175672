"""What the supervisor does with its children, shown on two tiny programs."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.portal.supervised import gone, supervised
from tests.support.until import PATIENCE, wait_until

pytestmark = pytest.mark.slow


def test_it_works(tmp_path: Path) -> None:
    with supervised(tmp_path) as running:
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE) == 0
        assert running.output().splitlines()[-1] == "stopped"
        assert all(gone(pid) for name in ("web", "work") for pid in running.pids(name)[0])


@pytest.mark.parametrize("name", ["web", "work"])
def test_it_restarts_a_dead_child(tmp_path: Path, name: str) -> None:
    with supervised(tmp_path) as running:
        first = running.pids(name)[0]
        os.kill(first[0], signal.SIGKILL)
        wait_until(lambda: len(running.pids(name)) == 2)
        assert running.process.poll() is None


def test_it_clears_away_what_a_dead_child_leaves_running(tmp_path: Path) -> None:
    with supervised(tmp_path) as running:
        worker, grandchild = running.pids("work")[0]
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: gone(grandchild))


def test_it_waits_longer_after_each_failure(tmp_path: Path) -> None:
    with supervised(tmp_path) as running:
        for starts in (1, 2):
            wait_until(lambda starts=starts: len(running.pids("work")) == starts)
            os.kill(running.pids("work")[-1][0], signal.SIGKILL)
        wait_until(lambda: len(running.pids("work")) == 3)
        assert "work ended with code -9, next start in 0.5 s" in running.output()
        assert "work ended with code -9, next start in 1.0 s" in running.output()


def test_it_kills_a_child_that_does_not_stop(tmp_path: Path) -> None:
    with supervised(tmp_path, "stubborn", hurry_after=0.5) as running:
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE) == 0
        assert "still busy: work" in running.output()
        assert all(gone(pid) for pid in running.pids("work")[0])


def test_a_second_request_to_stop_does_not_wait(tmp_path: Path) -> None:
    with supervised(tmp_path, "stubborn", hurry_after=1000) as running:
        running.process.send_signal(signal.SIGINT)
        wait_until(lambda: gone(running.pids("web")[0][0]))
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("name", ["web", "work"])
def test_children_end_when_the_supervisor_is_killed(tmp_path: Path, name: str) -> None:
    with supervised(tmp_path) as running:
        running.process.kill()
        wait_until(lambda: gone(running.pids(name)[0][0]))
