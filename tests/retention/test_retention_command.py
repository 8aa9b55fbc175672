"""`manage.py retention`: what it tells, and with what it exits."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Project
from jobs.framework import command
from jobs.models import Execution, Worker
from jobs.retention import running
from jobs.retention.engine.policy import Policy, Template
from tests.retention.rows import artifact, begun, left, made_project, made_repository, rule, stored
from tests.support.jobs import make_worker, run_now
from tests.support.terminal import Terminal


@pytest.fixture
def project(db: None) -> Project:
    make_worker()
    return made_project()


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Execution], Any]], None]:
    """Says what happens while the command waits: by itself a worker does the tasks."""

    def happens(what: Callable[[Execution], Any]) -> None:
        clock = type("Clock", (), {"sleep": lambda seconds: what(Execution.objects.latest("pk"))})
        monkeypatch.setattr(command, "time", clock)

    happens(run_now)
    return happens


def ran(*arguments: str) -> list[dict[str, Any]]:
    """The lines that it writes."""
    written = StringIO()
    call_command("retention", *arguments, stdout=written)
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_it_waits_for_the_end_and_tells_of_each_repository(project: Project, meanwhile: Any) -> None:
    for name in ("a", "b"):
        repository = made_repository(project, name)
        artifact(repository, "v1", pushed=2)
        artifact(repository, "v2", pushed=1)
    stored(project, Policy((rule(Template.LATEST_PUSHED, 1),)))
    told = ran(project.name, "--dry-run")
    assert [line.get("repository", line["status"]) for line in told] == [
        f"{project.name}/a",
        f"{project.name}/b",
        "Success",
    ]
    assert told[-1] == {"status": "Success", "dry_run": True, "total": 4, "retained": 2}
    assert left(repository) == ["v1", "v2"]
    assert ran(project.name)[-1]["retained"] == 2
    assert left(repository) == ["v2"]


@pytest.mark.parametrize("on_a_terminal", [True, False])
def test_a_bar_on_a_terminal_alone(
    project: Project, meanwhile: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any, on_a_terminal: bool
) -> None:
    for name in ("a", "b"):
        artifact(made_repository(project, name), "v1")
    stored(project, Policy((rule(Template.LATEST_PUSHED, 1),)))
    with Terminal() as terminal, monkeypatch.context() as patch:
        if on_a_terminal:
            patch.setattr(sys, "stderr", terminal.stream)
        ran(project.name)
        shown = terminal.close() + capsys.readouterr().err
    assert ("100%  2 of 2 repositories" in shown) == on_a_terminal
    assert (f"{command.CLEAR}[" in shown) == on_a_terminal
    assert shown.endswith(command.CLEAR) or not shown


def refused(*arguments: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as error:
        call_command("retention", *arguments, stdout=StringIO())
    return error.value.returncode, str(error.value)


def test_what_is_not_there(project: Project) -> None:
    assert refused("nothing") == (2, "there is no project nothing with a retention policy")
    assert refused(project.name)[0] == 2
    stored(project, Policy())
    Worker.objects.all().delete()
    assert refused(project.name) == (1, "no worker is there that could do it")


def test_another_run_is_under_way(project: Project, meanwhile: Any) -> None:
    repository = made_repository(project)
    artifact(repository, "v1")
    policy = Policy((rule(Template.LATEST_PUSHED, 0),))
    begun(project, policy)
    assert refused(project.name) == (3, "the job is running already")


def test_something_failed(project: Project, meanwhile: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    artifact(made_repository(project), "v1")
    stored(project, Policy((rule(Template.LATEST_PUSHED, 0),)))

    def fails(**options: Any) -> bool:
        raise running.DomainError("the reason")

    monkeypatch.setattr(running, "delete_item", fails)
    assert refused(project.name) == (1, "1 could not be deleted")


def test_it_is_stopped_from_the_terminal(project: Project, meanwhile: Any) -> None:
    repository = made_repository(project)
    artifact(repository, "v1")
    stored(project, Policy((rule(Template.LATEST_PUSHED, 0),)))

    def interrupted(execution: Execution) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    meanwhile(interrupted)
    assert refused(project.name) == (4, "stopped while it waited")
    assert left(repository) == ["v1"]
