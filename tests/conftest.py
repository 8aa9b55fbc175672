"""Fixtures for all tests: the database, and the running product with its people.

Two kinds of tests. Those in one process use pytest-django's ``db`` and are rolled back. Live ones use ``product`` (or
``make_product``, ``product_s3``) and are committed: they make their own people and projects by ``people``, with names
of their own, and may also use models and services directly.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from importlib import import_module

import hypothesis
import pytest
from django.apps import apps
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQLConnection
from django.test.utils import override_settings, setup_databases
from hypothesis import HealthCheck
from pytest_django import DjangoDbBlocker
from pytest_django.plugin import blocking_manager_key

from tests.support import session
from tests.support.docker_registry import DockerRegistry
from tests.support.dockerd import Dockerd
from tests.support.memory import forget_everything
from tests.support.people import People, Person
from tests.support.postgres import PostgreSQL
from tests.support.prepared import keep_tables
from tests.support.product import Product
from tests.support.redis import Redis
from tests.support.registry import Registry
from tests.support.seaweedfs import SeaweedFS

# How long an example takes is the machine's affair, which has other work.
hypothesis.settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.settings.load_profile("any machine")

ROLLED_BACK = frozenset({"db", "transactional_db"})


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes(django_test_environment: None) -> Iterator[None]:
    """People are made with passwords that cost little to hash, and running products see from a row what it costs.

    What a product hashes itself takes as long as it does for everybody.
    """
    with override_settings(PASSWORD_HASHERS=["tests.support.passwords.QuickArgon2"]):
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgreSQL]:
    """A PostgreSQL of our own, whichever database the run is on."""
    with PostgreSQL(session.folder / "postgresql") as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    with Redis(session.folder / "redis") as server:
        yield server


@pytest.fixture(scope="session")
def seaweedfs() -> Iterator[SeaweedFS]:
    with SeaweedFS() as server:
        yield server


@pytest.fixture(scope="session")
def dockerd() -> Iterator[Dockerd]:
    """A Docker engine of our own, with its containerd."""
    with Dockerd(session.folder / "docker") as engine:
        yield engine


@pytest.fixture(scope="session")
def docker_registry() -> Iterator[DockerRegistry]:
    """Somebody else's registry, open to everybody."""
    with DockerRegistry(session.folder / "docker-registry") as registry:
        yield registry


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """In the place of pytest-django's: a file or server that live products can open too, thrown away with the run."""
    if session.database == "postgresql":
        request.getfixturevalue("postgres")
    else:
        connection.settings_dict["TEST"]["NAME"] = str(session.folder / "data" / "test.sqlite3")
    with django_db_blocker.unblock():
        setup_databases(verbosity=0, interactive=False)
        keep_tables()
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        # The connection itself: the one of django.db stands in for it and is of no such class.
        if isinstance(wrapper := connections["default"], PostgreSQLConnection):
            wrapper.close_pool()


@pytest.fixture(scope="session")
def live(django_db_setup: None) -> None:
    """What makes a test a live one."""


@pytest.fixture(scope="session")
def people(live: None, django_db_blocker: DjangoDbBlocker) -> People:
    return People(django_db_blocker)


@pytest.fixture(scope="session")
def admin(people: People) -> Person:
    """A system administrator whom the running products know."""
    return people.new_user("admin", sysadmin=True)


@pytest.fixture(scope="session")
def product(admin: Person) -> Iterator[Product]:
    """The whole product as `manage.py serve` runs it, one for all tests."""
    running = Product(admin, {}, whole=True)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def product_s3(admin: Person, seaweedfs: SeaweedFS) -> Iterator[Product]:
    """The web part with its blobs in an object store. It shares the database, so never look here for what a test has
    pushed into `product`."""
    running = Product(admin, seaweedfs.environment(seaweedfs.create_bucket()), whole=False)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def make_product(admin: Person) -> Iterator[Callable[..., Product]]:
    """``make_product(PORTOLAN_READ_ONLY="true")`` starts another product; its web part alone unless ``whole=True``."""
    with ExitStack() as started:

        def make(*, whole: bool = False, **environment: str) -> Product:
            running = Product(admin, environment, whole=whole)
            started.callback(running.stop)
            running.start()
            return running

        yield make


@pytest.fixture
def registry(product: Product) -> Registry:
    """A client of `product`, signed in as the system administrator."""
    return Registry(product.address, product.admin)


@pytest.fixture
def committed(live: None) -> None:
    """The database without a transaction around the test: for threads and for what happens on commit."""


@pytest.fixture(autouse=True)
def _open_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Live tests may use models and services directly; what they do is committed."""
    if "live" not in request.fixturenames:
        yield
        return
    if _is_rolled_back(request):
        pytest.fail("a live test is committed: it cannot use db, transactional_db or django_db", pytrace=False)
    with request.getfixturevalue("django_db_blocker").unblock():
        yield


@pytest.fixture(autouse=True)
def _fresh_process(request: pytest.FixtureRequest) -> Iterator[None]:
    """What this process remembers of rows must not outlive them, when a test's transaction is rolled back."""
    rolled_back = _is_rolled_back(request)
    if rolled_back:
        forget_everything()
    yield
    if rolled_back:
        forget_everything()


def _is_rolled_back(request: pytest.FixtureRequest) -> bool:
    return bool(ROLLED_BACK.intersection(request.fixturenames) or request.node.get_closest_marker("django_db"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """A test with real transactions empties all tables behind it; what migrations had put there comes back."""
    yield
    if nextitem is None:
        return  # the database is gone by now
    marker = item.get_closest_marker("django_db")
    if "transactional_db" in getattr(item, "fixturenames", ()) or (marker and marker.kwargs.get("transaction")):
        with item.config.stash[blocking_manager_key].unblock():
            import_module("accounts.migrations.0002_library").make_library(apps, connection.schema_editor())
