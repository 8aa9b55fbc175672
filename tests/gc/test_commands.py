"""Chores from the command line: what they do, say and exit with."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from accounts.actors import SYSTEM
from audit.models import AuditLog
from jobs.framework.command import BUSY, CLEAR, FAILED, FOUND, STOPPED, WRONG, bar
from jobs.gc.kind import GARBAGE_COLLECTION
from jobs.models import Execution, Status, Task
from jobs.scrub.kind import SCRUB
from jobs.upkeep.chores import start_chore, stop_chore
from jobs.upkeep.command import duration, size
from registry_api.models import Blob, BlobFinding
from registry_api.oci.digest import Digest
from registry_api.services.scrubbing import reading
from registry_api.storage.contract import Store, StoreUnavailable
from registry_api.storage.layout import blob_path
from tests.storage.bodies import push
from tests.support.terminal import Terminal

pytestmark = pytest.mark.usefixtures("committed")
ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def orphan(store: Store) -> Iterator[Digest]:
    """Bytes with a row that nothing refers to."""
    # Rows of other tests have their bytes elsewhere, and would count as missing.
    others = list(Blob.objects.filter(state="stored").values_list("pk", flat=True))
    Blob.objects.filter(pk__in=others).update(state="condemned")
    digest = push(store, ID, os.urandom(100))
    now = timezone.now()
    blob = Blob.objects.create(digest=str(digest), size=100, touched_at=now, creation_time=now)
    yield digest
    Blob.objects.filter(pk=blob.pk).delete()
    Blob.objects.filter(pk__in=others).update(state="stored")
    BlobFinding.objects.all().delete()
    Execution.objects.filter(kind__in=("GARBAGE_COLLECTION", "SCRUB", "PURGE_AUDIT_LOG")).delete()
    connections.close_all()


Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The result that a command prints."""

    def call(*arguments: str, **options: Any) -> dict[str, Any]:
        capsys.readouterr()
        call_command(*arguments, **options)
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        return result

    return call


def test_collecting(run: Run, orphan: Digest, store: Store):
    run("gc", "--grace", "1h")  # and what other tests have left behind
    assert store.size(orphan) == 100
    assert run("gc", "--grace", "0s", "--dry-run")["purged_blobs"] == 1
    assert store.size(orphan) == 100
    assert run("gc", "--grace", "0s", "--workers", "2")["freed_space"] == 100
    assert store.size(orphan) is None
    execution = GARBAGE_COLLECTION.executions.latest("pk")
    assert (execution.status, execution.operator) == ("Success", SYSTEM.name)
    assert execution.result["purged_blobs"] == 1


def test_on_a_terminal_a_bar_shows_how_far_it_is(
    run: Run, orphan: Digest, store: Store, monkeypatch: pytest.MonkeyPatch
):
    with Terminal() as terminal:
        real = store.delete

        def delete(digests: list[Digest]) -> set[Digest]:
            terminal.wait_for("  0%  0 of 1 blobs")
            return real(digests)

        monkeypatch.setattr(store, "delete", delete)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", terminal.stream)
            run("gc", "--grace", "0s", "--workers", "2")
        shown = terminal.close()
    assert f"{CLEAR}[" in shown
    assert f"{CLEAR}deleted 0 manifests and 1 blobs" in shown
    assert shown.endswith(CLEAR)


def test_without_a_terminal_there_is_none(orphan: Digest, capsys: pytest.CaptureFixture[str]):
    call_command("gc", "--grace", "0s")
    shown = capsys.readouterr().err
    assert shown.splitlines()[-1].startswith("deleted 0 manifests and 1 blobs")
    assert CLEAR not in shown
    assert "%" not in shown


def test_a_second_one_beside_it_is_refused(run: Run, orphan: Digest):
    execution = start_chore(actor=SYSTEM, chore=GARBAGE_COLLECTION, parameters=GARBAGE_COLLECTION.read({}))
    with pytest.raises(CommandError) as refused:
        run("gc")
    assert refused.value.returncode == BUSY
    stop_chore(actor=SYSTEM, chore=GARBAGE_COLLECTION, execution=execution)
    run("gc", "--dry-run")


def test_one_whose_process_was_killed_does_not_block_the_next(run: Run, orphan: Digest):
    execution = start_chore(actor=SYSTEM, chore=GARBAGE_COLLECTION, parameters=GARBAGE_COLLECTION.read({}))
    long_ago = timezone.now() - timedelta(minutes=5)
    Task.objects.filter(execution=execution).update(status=Status.RUNNING, run_count=1, lease_until=long_ago)
    run("gc", "--dry-run")
    execution.refresh_from_db()
    assert execution.status == "Stopped"


def test_scrubbing_tells_scripts_of_damage(run: Run, orphan: Digest, store: Any, capsys: pytest.CaptureFixture[str]):
    assert run("scrub", "--rate", "0")["checked_blobs"] == 1
    (Path(store.root) / blob_path(orphan)).write_bytes(b"x")
    with pytest.raises(SystemExit) as found:
        run("scrub", "--rate", "0")
    assert found.value.code == FOUND
    assert json.loads(capsys.readouterr().out)["corrupt_blobs"] == 1


def test_a_store_that_is_gone_fails(run: Run, orphan: Digest, store: Store, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: Any) -> Any:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(store, "delete", fail)
    with pytest.raises(CommandError, match="gone") as failed:
        run("gc", "--grace", "0s")
    assert failed.value.returncode == FAILED
    # A worker would try it again.
    execution = GARBAGE_COLLECTION.executions.latest("pk")
    stop_chore(actor=SYSTEM, chore=GARBAGE_COLLECTION, execution=execution)


def test_ctrl_c_stops_it(run: Run, orphan: Digest, monkeypatch: pytest.MonkeyPatch):
    real = reading._read_all

    def interrupted(*values: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        real(*values)

    monkeypatch.setattr(reading, "_read_all", interrupted)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(CommandError, match="SIGINT") as stopped:
        run("scrub", "--rate", "0")
    assert stopped.value.returncode == STOPPED
    assert SCRUB.executions.latest("pk").status == "Stopped"
    assert signal.getsignal(signal.SIGINT) is before
    assert threading.current_thread() is threading.main_thread()


def test_purging(run: Run, orphan: Digest):
    then = timezone.now() - timedelta(days=4000)
    AuditLog.objects.create(op_time=then, operation="pull_artifact")
    kept = AuditLog.objects.create(op_time=then, operation="create_user")
    named = ("purge_audit", "--older-than", "90000h", "--event-types", "pull_artifact")
    assert run(*named, "--dry-run") == {"purged_records": 1}
    assert run(*named) == {"purged_records": 1}
    assert AuditLog.objects.filter(pk=kept.pk).delete()[0] == 1
    with pytest.raises(CommandError, match="nothing") as failed:
        run("purge_audit", "--older-than", "1h", "--event-types", "nothing")
    assert failed.value.returncode == WRONG


def test_numbers_beyond_the_limits_are_wrong_arguments(run: Run, orphan: Digest):
    for named in (("gc", "--workers", "99"), ("scrub", "--rate", "9999G")):
        with pytest.raises(CommandError, match="whole number") as failed:
            run(*named)
        assert failed.value.returncode == WRONG
    assert not GARBAGE_COLLECTION.executions.exists()


def test_what_is_typed():
    assert (duration("90s"), duration("2h"), duration("7d")) == (
        timedelta(seconds=90),
        timedelta(hours=2),
        timedelta(days=7),
    )
    assert (size("0"), size("500000"), size("20M"), size("1g")) == (0, 500_000, 20 << 20, 1 << 30)
    for wrong in ("", "h", "2", "2w", "-2h", "2.5h"):
        with pytest.raises(ArgumentTypeError):
            duration(wrong)
    for wrong in ("", "M", "-1", "1.5M", "2T"):
        with pytest.raises(ArgumentTypeError):
            size(wrong)


def test_the_bar_fits_every_terminal():
    for columns in range(1, 200):
        for done, total in ((0, 0), (1, 0), (0, 5), (3, 5), (5, 5), (6, 5), (10**15, 10**15)):
            assert len(bar(done, total, "blobs", columns)) < max(columns, 1)
    assert bar(3, 5, "blobs", 80).endswith(" 60%  3 of 5 blobs")
