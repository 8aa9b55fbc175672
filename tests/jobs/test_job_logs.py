"""What tasks have to tell is readable while they run, kept in the store when they have ended, and never too long."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.actors import SYSTEM
from accounts.models import Project
from accounts.services.projects import create_project, delete_project
from jobs.framework import logs
from jobs.framework.claiming import claim_task
from jobs.framework.executions import start_execution, stop_execution
from jobs.framework.kinds import all_kinds
from jobs.framework.logs import CUT, LATER, read_log
from jobs.framework.run import Again, Run
from jobs.framework.sweeping import OWN_TIME, store_left_logs, sweep_executions, sweep_lost_logs
from jobs.framework.working import write_down
from jobs.models import Execution, LogPiece, RetentionPolicy, Status, Task, Trigger
from registry_api.storage.contract import StoreFull
from tests.jobs.conftest import MakeKind
from tests.support.jobs import run_now, run_task_now

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["disk", pytest.param("s3", marks=pytest.mark.slow)], autouse=True)
def blobs(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Storage:
    """Where logs are kept, as the settings name it."""
    if request.param == "disk":
        described = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    else:
        server = request.getfixturevalue("seaweedfs")
        options = server.storage_options(server.create_bucket())
        described = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "blobs": described}
    return storages["blobs"]


def text_of(task: Task) -> str:
    return b"".join(read_log(task)).decode()


def kept(blobs: Storage) -> list[str]:
    """The files that are there."""
    folders = blobs.listdir("logs")[0] if blobs.listdir("")[0] else []
    return [f"logs/{folder}/{name}" for folder in folders for name in blobs.listdir(f"logs/{folder}")[1]]


def test_lines_are_there_while_the_task_runs_and_afterwards(make_kind: MakeKind, blobs: Storage) -> None:
    during: list[str] = []

    def work(run: Run) -> None:
        run.log.info("first of %d", 2)
        write_down(Task.objects.get(), run)
        during.append(text_of(Task.objects.get()))
        assert not kept(blobs)
        run.log.warning("second\0, with a NUL")

    execution = run_now(start_execution(make_kind(work), actor=SYSTEM, trigger=Trigger.MANUAL))
    task = execution.tasks.get()
    assert during[0].endswith("INFO: first of 2\n")
    assert not LogPiece.objects.exists()
    assert text_of(task) == during[0] + text_of(task)[len(during[0]) :]
    assert text_of(task).endswith("WARNING: second, with a NUL\n")
    assert kept(blobs) == [logs._path(task.job_id)]
    with blobs.open(logs._path(task.job_id)) as file:
        assert gzip.decompress(file.read()).decode() == text_of(task)


def test_what_is_too_long_is_cut(make_kind: MakeKind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.framework.run.LARGEST", 1000)

    def work(run: Run) -> None:
        for _ in range(100):
            run.log.info("x" * 50)

    task = run_now(start_execution(make_kind(work), actor=SYSTEM, trigger=Trigger.MANUAL)).tasks.get()
    assert text_of(task).endswith(CUT)
    assert len(text_of(task)) < 1100


def test_one_that_is_begun_again_goes_on_with_its_log(make_kind: MakeKind, blobs: Storage) -> None:
    def work(run: Run) -> None:
        run.log.info("beginning %d", run.attempt)
        if run.attempt == 1:
            raise Again("once more", after=0)

    task = run_now(start_execution(make_kind(work, tries=2), actor=SYSTEM, trigger=Trigger.MANUAL)).tasks.get()
    said = [line.rpartition(": ")[2] for line in text_of(task).splitlines()]
    assert said == ["beginning 1", "once more; it will be tried again if it may", "beginning 2"]


@pytest.mark.parametrize("length", [41, 77, 150])
def test_all_beginnings_of_a_task_share_the_room(
    make_kind: MakeKind, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    """In bytes, however the lines fit in; and what is cut is cut once."""
    monkeypatch.setattr("jobs.framework.run.LARGEST", 1000)

    def work(run: Run) -> None:
        for _ in range(4):
            run.log.info("ß" * length)
        if run.attempt == 4:
            return
        if run.attempt == 2:
            run.interrupt("the worker ends")
            run.check()
        raise Again("once more", after=0)

    task = run_now(start_execution(make_kind(work, tries=5), actor=SYSTEM, trigger=Trigger.MANUAL)).tasks.get()
    assert (task.status, task.run_count) == (Status.SUCCESS, 4)
    text = text_of(task)
    assert text.count(CUT) == 1
    assert text.endswith(CUT)
    assert 997 <= len(text.removesuffix(CUT).encode()) <= 1000


@pytest.mark.parametrize("tries", [1, 2])
def test_one_that_is_kept_whole(
    make_kind: MakeKind, blobs: Storage, monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    """As far as it goes while the task runs, and all of it afterwards: of the last beginning, where there were more."""
    monkeypatch.setattr("jobs.framework.run.LARGEST", 1000)
    monkeypatch.setattr(logs, "IN_MEMORY", 100)
    during: list[str] = []

    def work(run: Run) -> None:
        run.keep_whole_log()
        for number in range(50):
            run.log.info("line %d of %d", number, run.attempt)
        write_down(Task.objects.get(), run)
        during.append(text_of(Task.objects.get()))
        if run.attempt < tries:
            raise Again("once more", after=0)

    task = run_now(start_execution(make_kind(work, tries=tries), actor=SYSTEM, trigger=Trigger.MANUAL)).tasks.get()
    assert during[0].endswith(LATER)
    before = during[0].removesuffix(LATER)
    assert len(before) <= 1000
    text = text_of(task)
    assert text.startswith(before if tries == 1 else before + CUT)
    assert text.count(CUT) == tries - 1
    assert LATER not in text
    wanted = [f"line {number} of {tries}" for number in range(50)]
    assert [line.rpartition(": ")[2] for line in text.splitlines()][-50:] == wanted
    assert kept(blobs) == [logs._path(task.job_id)]


def tell_much(run: Run) -> None:
    """More than the database is to take here, of a log that is kept whole."""
    run.keep_whole_log()
    for number in range(50):
        run.log.info("line %d", number)


def test_where_the_store_fails_nothing_is_said_to_follow(
    make_kind: MakeKind, blobs: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.framework.run.LARGEST", 1000)

    def fail(*_: Any) -> None:
        raise OSError("the store is away")

    with monkeypatch.context() as patched:
        patched.setattr(type(blobs), "save", fail)
        execution = run_now(start_execution(make_kind(tell_much), actor=SYSTEM, trigger=Trigger.MANUAL))
    text = text_of(execution.tasks.get())
    assert text.endswith(CUT) and text.count(CUT) == 1 and LATER not in text
    Task.objects.update(end_time=timezone.now() - OWN_TIME)
    assert store_left_logs() == 1
    assert text_of(execution.tasks.get()) == text


def test_what_a_lost_worker_had_is_not_said_to_follow(
    make_kind: MakeKind, blobs: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.framework.run.LARGEST", 1000)
    monkeypatch.setattr("jobs.framework.working.store_log", lambda *_: False)
    execution = run_now(start_execution(make_kind(tell_much), actor=SYSTEM, trigger=Trigger.MANUAL))
    Task.objects.update(end_time=timezone.now() - OWN_TIME)
    assert store_left_logs() == 1
    text = text_of(execution.tasks.get())
    assert text.endswith(CUT) and LATER not in text


def test_one_that_is_kept_whole_is_cut_where_the_worker_has_no_room(
    make_kind: MakeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.framework.run.LARGEST", 1000)

    def fail(*_: Any) -> None:
        raise StoreFull("no room")

    def work(run: Run) -> None:
        run.keep_whole_log()
        for number in range(50):
            if number == 30:
                monkeypatch.setattr(logs.Rest, "add", fail)
            run.log.info("line %d", number)

    execution = run_now(start_execution(make_kind(work), actor=SYSTEM, trigger=Trigger.MANUAL))
    assert execution.status == Status.SUCCESS
    text = text_of(execution.tasks.get())
    assert text.endswith(CUT) and text.count(CUT) == 1 and LATER not in text


def test_what_a_log_has_already_is_asked_for_by_later_beginnings_alone(make_kind: MakeKind) -> None:
    asked: list[int] = []

    def work(run: Run) -> None:
        run.log.info("a try")
        raise Again("once more", after=0)

    start_execution(make_kind(work, tries=2), actor=SYSTEM, trigger=Trigger.MANUAL)
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            task = claim_task("default", "the test")
        assert task is not None
        asked.append(sum("jobs_logpiece" in query["sql"] for query in queries))
        run_task_now(task)
    assert asked == [0, 1]


def test_where_the_store_fails_the_lines_stay_in_the_database(
    make_kind: MakeKind, blobs: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("the store is away")

    monkeypatch.setattr(type(blobs), "save", fail)
    monkeypatch.setattr(type(blobs), "open", fail)
    execution = run_now(start_execution(make_kind(lambda run: run.log.info("x")), actor=SYSTEM, trigger=Trigger.MANUAL))
    assert execution.status == Status.SUCCESS
    assert text_of(execution.tasks.get()).endswith("INFO: x\n")


def test_what_ended_without_its_worker_is_stored_later(make_kind: MakeKind, blobs: Storage) -> None:
    def work(run: Run) -> None:
        run.log.info("a try")
        raise Again("once more", after=600)

    stopped, waiting = (
        run_now(start_execution(make_kind(work, tries=2), actor=SYSTEM, trigger=Trigger.MANUAL)) for _ in range(2)
    )
    stop_execution(stopped)
    assert store_left_logs() == 0
    Task.objects.filter(end_time__isnull=False).update(end_time=timezone.now() - OWN_TIME)
    assert store_left_logs() == 1
    assert kept(blobs) == [logs._path(stopped.tasks.get().job_id)]
    assert "a try" in text_of(stopped.tasks.get())
    assert LogPiece.objects.filter(task=waiting.tasks.get()).exists()
    assert store_left_logs() == 0


def test_old_executions_go_with_their_logs(make_kind: MakeKind, blobs: Storage) -> None:
    kind = make_kind(lambda run: run.log.info("done"), keep=2)
    executions = [
        run_now(start_execution(kind, actor=SYSTEM, trigger=Trigger.MANUAL, subject_id=subject))
        for subject in (1, 1, 1, 2)
    ]
    running = start_execution(kind, actor=SYSTEM, trigger=Trigger.MANUAL, subject_id=1)
    assert len(kept(blobs)) == 4
    oldest = executions[0].tasks.get()
    assert sweep_executions() == 1
    assert logs._path(oldest.job_id) not in kept(blobs)
    assert len(kept(blobs)) == 3
    left = Execution.objects.values_list("pk", flat=True)
    assert set(left) == {*(each.pk for each in executions[1:]), running.pk}


def test_logs_of_a_deleted_project_are_swept_and_no_others(make_kind: MakeKind, blobs: Storage) -> None:
    kind = make_kind(lambda run: run.log.info("done"))
    doomed, other = (create_project(actor=SYSTEM, name=name) for name in ("doomed", "other"))
    tasks = [
        run_now(start_execution(kind, actor=SYSTEM, trigger=Trigger.MANUAL, project_id=project_id)).tasks.get()
        for project_id in (doomed.pk, other.pk, None)
    ]
    blobs.save("logs/ab/of-somebody-else.txt", ContentFile(b"text"))
    assert sweep_lost_logs() == 0
    delete_project(actor=SYSTEM, project=doomed)
    assert [task.pk for task in Task.objects.order_by("pk")] == [task.pk for task in tasks[1:]]
    assert sweep_lost_logs() == 1
    assert sorted(kept(blobs)) == sorted(
        ["logs/ab/of-somebody-else.txt", *(logs._path(task.job_id) for task in tasks[1:])]
    )


def test_nothing_is_swept_where_there_are_no_logs() -> None:
    assert sweep_lost_logs() == 0


def test_what_was_done_for_a_subject_that_is_gone_goes_and_what_runs_is_stopped_first(
    make_kind: MakeKind, blobs: Storage
) -> None:
    kind = make_kind(lambda run: run.log.info("done"), subjects=Project.objects.all)
    doomed, other = (create_project(actor=SYSTEM, name=name) for name in ("doomed", "other"))
    ended, _, kept_one = (
        start_execution(kind, actor=SYSTEM, trigger=Trigger.MANUAL, subject_id=project.pk)
        for project in (doomed, doomed, other)
    )
    run_now(ended)
    run_now(kept_one)
    assert sweep_executions() == 0
    delete_project(actor=SYSTEM, project=doomed)
    assert sweep_executions() == 2
    assert [execution.pk for execution in Execution.objects.all()] == [kept_one.pk]
    assert kept(blobs) == [logs._path(kept_one.tasks.get().job_id)]


def test_executions_of_policies_go_with_their_policies() -> None:
    of_policies = [kind.name for kind in all_kinds() if kind.subjects is not None]
    assert of_policies == ["REPLICATION", "RETENTION", "SLACK", "WEBHOOK"]
    policy = RetentionPolicy.objects.create(project=create_project(actor=SYSTEM, name="short-lived"))
    now = timezone.now()
    Execution.objects.create(kind="RETENTION", subject_id=policy.pk, trigger=Trigger.MANUAL, end_time=now)
    assert sweep_executions() == 0
    policy.delete()
    assert sweep_executions() == 1
