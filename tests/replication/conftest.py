"""Projects to copy between, and clients to fill them. What is copied is committed: the engine works in threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from accounts.models import Project
from jobs.framework.run import Run
from jobs.replication.engine.pace import Pace
from jobs.replication.engine.shared import Shared
from jobs.replication.engine.tally import Tally
from jobs.replication.ours.repository import OurRepository
from tests.replication.installations import Installation
from tests.replication.other_side import Side
from tests.support import session
from tests.support.hand_made import HandMade
from tests.support.people import People, unique
from tests.support.postgres import PostgreSQL
from tests.support.prepared import MIGRATED
from tests.support.product import Product
from tests.support.registry import Registry


def going_on() -> None:
    """Nobody asks to stop."""


@pytest.fixture(scope="package")
def new_database(request: pytest.FixtureRequest, django_db_setup: None) -> Callable[[], str]:
    """The address of a database of the kind that the run is on, with tables alone; "" where an installation has its
    own file."""
    if session.database == "sqlite":
        return str
    server: PostgreSQL = request.getfixturevalue("postgres")
    return lambda: server.create_database(unique("own").replace("-", "_"), MIGRATED)


@pytest.fixture(scope="package")
def ours(new_database: Callable[[], str]) -> Iterator[Installation]:
    """An installation with a database of its own, for all tests of this folder."""
    with Installation("ours", new_database(), PORTOLAN_JOB_THREADS="4") as installation:
        yield installation


@pytest.fixture(scope="package")
def second(new_database: Callable[[], str]) -> Iterator[Installation]:
    """Another one."""
    with Installation("second", new_database()) as installation:
        yield installation


@pytest.fixture(scope="module")
def project(people: People) -> Project:
    return people.new_project()


@pytest.fixture
def client(product: Product) -> Iterator[Registry]:
    with Registry(product.address, product.admin) as client:
        yield client


@pytest.fixture
def source(project: Project) -> str:
    """The name of a repository that is not there yet."""
    return f"{project.name}/{unique('source')}"


@pytest.fixture
def target(project: Project) -> str:
    return f"{project.name}/{unique('target')}"


@pytest.fixture
def shared(source: str, target: str) -> Callable[..., Shared]:
    """``shared(override=False)``: a copy from ``source`` to ``target``, both ours."""

    def make(**options: object) -> Shared:
        given = {
            "source": OurRepository(source),
            "destination": OurRepository(target),
            "check": going_on,
            "pace": Pace(lambda seconds: None),
            "tally": Tally(),
            **options,
        }
        return Shared(**given)  # type: ignore[arg-type]

    return make


@pytest.fixture
def side(live: None, project: Project) -> Iterator[Side]:
    """Another registry, which answers as a test has it."""
    with HandMade() as server:
        yield Side(server, project)


@pytest.fixture
def nobody_waits(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the loopback may be called."""
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    monkeypatch.setattr("jobs.replication.engine.copy.PAUSES", (0.0,))
    monkeypatch.setattr("jobs.replication.ours.bytes_in.time.sleep", lambda seconds: None)
    monkeypatch.setattr(Run, "sleep", lambda run, seconds: run.check())
