"""Real workers: woken by messages, stopped on request, killed in the middle, and no task is left running for ever."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from accounts.actors import SYSTEM
from jobs.framework.conducting import conduct
from jobs.framework.executions import start_execution, stop_execution
from jobs.framework.kinds import Kind
from jobs.framework.logs import read_log
from jobs.models import Execution, Status, Task, Trigger, Worker
from portal.supervisor.preparation import make_folders
from tests.jobs.samples import HASTY, LONG, SHORT, STUBBORN, WAITING
from tests.support import product, session
from tests.support.processes import Server
from tests.support.until import wait_until

pytestmark = pytest.mark.slow

StartWorker = Callable[..., Server]


@pytest.fixture
def start_worker(committed: None) -> Iterator[StartWorker]:
    make_folders(settings.DATA_DIR)
    with ExitStack() as started:

        def start(name: str) -> Server:
            command = [
                *(sys.executable, "-m", "celery", "--quiet", "--app", "tests.jobs.working", "worker"),
                *("--pool", "threads", "--concurrency", "4", "--queues", "default,maintenance", "--hostname", name),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ]
            environment = {
                **os.environ,
                "PORTOLAN_DATABASE_URL": product.test_database_url(),
                "PORTOLAN_STORAGE_ROOT": str(settings.STORAGE_ROOT),
                "DJANGO_SETTINGS_MODULE": "portal.settings",
                "PGAPPNAME": name,
            }
            server = Server(
                command,
                log=session.folder / f"{name}.log",
                ready=Worker.objects.filter(name=name).exists,
                environment=environment,
                folder=product.ROOT,
            )
            started.callback(server.kill)
            server.start()
            return server

        yield start
    Execution.objects.filter(kind__startswith="TEST_").delete()
    Worker.objects.filter(name__endswith="@test").delete()


def begin(kind: Kind, *, subject_id: int = 0, single: bool = False, **parameters: object) -> Execution:
    return start_execution(
        kind, actor=SYSTEM, trigger=Trigger.MANUAL, tasks=[parameters], subject_id=subject_id, single=single
    )


def wait_for(execution: Execution, status: str, *, attempt: int = 1) -> Task:
    """With this process as the scheduler."""

    def is_so() -> bool:
        conduct()
        task = execution.tasks.get()
        return task.status == status and task.run_count >= attempt

    wait_until(is_so, f"{execution} to be {status}")
    execution.refresh_from_db()
    return execution.tasks.get()


def test_tasks_are_done_and_stopped_and_short_ones_do_not_wait_for_long_ones(start_worker: StartWorker) -> None:
    start_worker("first@test")
    long = [begin(LONG) for _ in range(6)]
    wait_until(lambda: Task.objects.filter(kind=LONG.name, status=Status.RUNNING).count() == 3, "long ones to run")
    assert wait_for(begin(SHORT), Status.SUCCESS).result == {"done": True}
    for execution in long:
        stop_execution(execution)
    for execution in long:
        wait_for(execution, Status.STOPPED, attempt=0)
        assert execution.status == Status.STOPPED


def test_one_whose_time_is_over_ends_as_an_error_and_lets_everything_go(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    start_worker("timely@test")
    locks = [tmp_path / name for name in "abc"]
    overdue = [begin(HASTY, subject_id=n, single=True, lock=str(lock)) for n, lock in enumerate(locks)]
    for execution, lock in zip(overdue, locks, strict=True):
        task = wait_for(execution, Status.ERROR)
        assert task.status_message == execution.status_message == "its time is over: it may take 0:00:01"
        assert (task.run_count, task.lease_until, execution.single_key) == (1, None, None)
        log = b"".join(read_log(task)).decode()
        assert "holding it" in log and "stopped: its time is over" in log
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    # As many as had taken all of the worker's slots for long work.
    for execution in [begin(LONG, until=1) for _ in locks]:
        assert wait_for(execution, Status.SUCCESS).worker == "timely@test"


def test_a_killed_worker_s_task_is_begun_again_or_fails_with_the_reason(
    start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.framework.claiming._pause", lambda failures: 0.0)
    worker = start_worker("mortal@test")
    stubborn, once = begin(STUBBORN, until=2), begin(LONG)
    for execution in (stubborn, once):
        wait_for(execution, Status.RUNNING)
    worker.kill()
    start_worker("second@test")
    failed = wait_for(once, Status.ERROR)
    assert failed.status_message == "the worker that did it has gone away"
    ended = wait_for(stubborn, Status.SUCCESS)
    assert (ended.worker, ended.done, ended.failures) == ("second@test", 2, 1)
    assert "beginning 2" in b"".join(read_log(ended)).decode()


def end_connections(worker: str) -> int:
    """All that this worker has, as a database does that is restarted. Others, who serve other tests, keep theirs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [worker])
        return len(cursor.fetchall())


@pytest.mark.skipif(session.database == "sqlite", reason="no server could end them: SQLite is a file")
def test_a_database_that_ends_all_connections_costs_no_task_anything(start_worker: StartWorker, tmp_path: Path) -> None:
    start_worker("tenacious@test")
    files = [tmp_path / name for name in "abc"]
    executions = [begin(WAITING, file=str(file)) for file in files]
    for execution in executions:
        wait_for(execution, Status.RUNNING)
    # Shorter than the lease altogether: somebody who is silent for longer has lost his tasks.
    ended = 0
    for file in files:
        ended += end_connections("tenacious@test")
        file.touch()
        time.sleep(0.2)
        ended += end_connections("tenacious@test")
    assert ended >= len(files)
    for execution in [*executions, begin(SHORT)]:
        task = wait_for(execution, Status.SUCCESS)
        assert (task.result, task.run_count, task.failures) == ({"done": True}, 1, 0)


def test_a_worker_that_ends_puts_its_tasks_back_and_it_costs_them_no_try(start_worker: StartWorker) -> None:
    worker = start_worker("polite@test")
    execution = begin(LONG, until=2)
    wait_for(execution, Status.RUNNING)
    worker.stop()
    assert not Worker.objects.filter(name="polite@test").exists()
    put_back = execution.tasks.get()
    assert (put_back.status, put_back.failures) == (Status.PENDING, 0)
    start_worker("next@test")
    assert wait_for(execution, Status.SUCCESS).run_count == 2


def test_what_no_message_told_of_is_found(start_worker: StartWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    start_worker("finder@test")
    with monkeypatch.context() as broken:
        broken.setattr("jobs.framework.waking.wake", lambda *_: None)
        execution = begin(SHORT)
    wait_for(execution, Status.SUCCESS)
