"""`manage.py serve` on PostgreSQL, Redis and an object store: the same product by settings alone."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.portal.serving import Serving, serving
from tests.portal.visitor import Visitor
from tests.support.postgres import PostgreSQL
from tests.support.prepared import give_static_files
from tests.support.redis import Redis
from tests.support.registry import Registry
from tests.support.seaweedfs import SeaweedFS
from tests.support.until import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def production(postgres: PostgreSQL, redis_server: Redis, seaweedfs: SeaweedFS) -> dict[str, str]:
    return {
        "PORTOLAN_DATABASE_URL": postgres.create_database("serve"),
        "PORTOLAN_REDIS_URL": redis_server.url,
        "PORTOLAN_SECRET_KEY": secrets.token_urlsafe(48),
        **seaweedfs.environment(seaweedfs.create_bucket()),
    }


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, production: dict[str, str]) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("production") / "data", **production) as started:
        yield started


def test_it_works(running: Serving) -> None:
    person = Visitor(running.address, "admin", running.password)
    with Registry(running.address.removeprefix("http://"), person) as registry:
        pushed = registry.make_image("library/far", "v1", size=100_000)
        assert registry.pull("library/far", "v1") == pushed


def test_nothing_of_it_is_on_the_disk_of_the_host(running: Serving) -> None:
    assert not list(running.data.glob("*.sqlite3"))
    assert not [path for path in (running.data / "registry").rglob("*") if path.is_file()]
    assert list((running.data / "broker" / "queue").iterdir()) == []


def test_regular_tasks_are_carried_out(running: Serving, production: dict[str, str]) -> None:
    with psycopg.connect(production["PORTOLAN_DATABASE_URL"], autocommit=True) as database:
        project = database.execute("SELECT id FROM accounts_project WHERE name = 'library'").fetchone()
        waiting = "SELECT COUNT(*) FROM registry_api_usagedelta WHERE project_id = %s"
        database.execute("INSERT INTO registry_api_usagedelta (project_id, amount) VALUES (%s, 1730)", project)
        wait_until(lambda: database.execute(waiting, project).fetchone() == (0,))


def test_two_hosts_may_make_their_first_start_at_the_same_time(
    tmp_path: Path, postgres: PostgreSQL, production: dict[str, str]
) -> None:
    shared = {**production, "PORTOLAN_DATABASE_URL": postgres.create_database("two_hosts")}
    for name in ("one", "two"):
        give_static_files(tmp_path / name / "data")  # of which each host has its own
    started: list[Serving] = []
    with ExitStack() as hosts:

        def start(name: str) -> None:
            started.append(hosts.enter_context(serving(tmp_path / name / "data", **shared)))

        threads = [threading.Thread(target=start, args=(name,)) for name in ("one", "two")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(started) == 2
        (password,) = [host.password for host in started if "password" in host.output()]
        for host in started:
            assert host.get("/v2/", auth=("admin", password)).status_code == 200
