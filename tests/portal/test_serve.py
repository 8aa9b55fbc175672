"""`manage.py serve`: what a stranger sees, and what holds while it runs."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.portal.serving import Serving, refused, serving
from tests.portal.supervised import gone
from tests.support.processes import free_port
from tests.support.until import wait_until

pytestmark = pytest.mark.slow
Prepared = Callable[[Path], Path]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("serve") / "data") as started:
        yield started


def test_it_works(running: Serving) -> None:
    assert running.get("/v2/", auth=("admin", running.password)).status_code == 200
    assert running.get("/v2/").status_code == 401


def test_it_prints_what_to_do_next(running: Serving) -> None:
    host = f"127.0.0.1:{running.port}"
    printed = [line.strip() for line in running.output().splitlines()]
    assert f"Portolan is ready at http://{host}/" in printed
    assert f"docker login {host} --username admin" in printed
    assert f"docker tag hello-world {host}/library/hello-world" in printed
    assert f"docker push {host}/library/hello-world" in printed


def test_it_names_the_administrator_and_the_password(running: Serving) -> None:
    assert re.search(r"^  administrator  admin$", running.output(), re.MULTILINE)
    assert len(running.password) >= 16


def test_pages_and_their_static_files_are_served(running: Serving) -> None:
    page = running.get("/admin/login/")
    assert page.status_code == 200
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert files
    assert {running.get(path).status_code for path in files} == {200}


def test_three_processes_run(running: Serving) -> None:
    assert running.children().keys() == {"web", "worker", "scheduler"}


def test_what_it_keeps_is_closed_to_other_users(running: Serving) -> None:
    kept = [running.data, *(path for path in running.data.rglob("*") if "static" not in path.parts)]
    assert [str(path) for path in kept if path.stat().st_mode & 0o007] == []
    assert (running.data / "secret.key").stat().st_mode & 0o077 == 0


def test_a_second_instance_on_the_same_data_folder_is_refused(running: Serving) -> None:
    line = refused(running.data)
    assert line.startswith(f"portolan: the data folder {running.data} is in use")
    assert str(running.process.pid) in line


def test_a_port_in_use_is_refused(running: Serving, tmp_path: Path) -> None:
    line = refused(tmp_path / "data", port=running.port)
    assert line == f"portolan: cannot listen on 127.0.0.1 port {running.port}: Address already in use"


@pytest.mark.parametrize("name", ["web", "worker", "scheduler"])
def test_a_killed_process_is_restarted(running: Serving, name: str) -> None:
    before = running.children()[name]
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: running.children().get(name, before) != before)
    # The socket stayed open: whoever comes meanwhile waits and is served.
    assert running.get("/v2/").status_code == 401


@pytest.mark.slow
def test_a_later_start_keeps_the_account_and_prints_no_password(tmp_path: Path, prepared: Prepared) -> None:
    data = prepared(tmp_path / "data")
    with serving(data) as first:
        password = first.password
        assert first.stop() == 0
    with serving(data) as second:
        assert "password" not in second.output()
        assert second.get("/v2/", auth=("admin", password)).status_code == 200


@pytest.mark.slow
def test_the_operator_may_choose_name_and_password(tmp_path: Path, prepared: Prepared) -> None:
    chosen = {"PORTOLAN_ADMIN_NAME": "captain", "PORTOLAN_ADMIN_PASSWORD": "Sextant-1730"}
    with serving(prepared(tmp_path / "data"), **chosen) as running:
        assert "Sextant" not in running.output()
        assert "--username captain" in running.output()
        assert running.get("/v2/", auth=("captain", "Sextant-1730")).status_code == 200
        for number in running.children().values():
            assert b"Sextant" not in Path(f"/proc/{number}/environ").read_bytes()


@pytest.mark.slow
def test_after_the_supervisor_was_killed_nothing_is_left_and_the_next_start_works(
    tmp_path: Path, prepared: Prepared
) -> None:
    data, port = prepared(tmp_path / "data"), free_port()
    with serving(data, port) as running:
        children = running.children().values()
        running.process.kill()
        running.process.wait()
        wait_until(lambda: all(gone(number) for number in children))
    with serving(data, port) as again:
        assert again.get("/v2/").status_code == 401


@pytest.mark.slow
def test_regular_tasks_are_carried_out(running: Serving) -> None:
    """Nobody but scheduler and worker together folds a change of usage."""
    with closing(sqlite3.connect(running.data / "portolan.sqlite3", timeout=30)) as database:
        (project,) = database.execute("SELECT id FROM accounts_project WHERE name = 'library'").fetchone()
        database.execute("INSERT INTO registry_api_usagedelta (project_id, amount) VALUES (?, 1730)", [project])
        database.commit()

    def used() -> int:
        with closing(sqlite3.connect(running.data / "portolan.sqlite3", timeout=30)) as database:
            question = "SELECT COALESCE(SUM(used), 0) FROM registry_api_projectusage WHERE project_id = ?"
            return int(database.execute(question, [project]).fetchone()[0])

    wait_until(lambda: used() == 1730)
