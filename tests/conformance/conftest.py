"""Where the suite runs: the product on disk and on an object store.

``PORTOLAN_TEST_CONFORMANCE_URL`` (with ``…_USERNAME``, ``…_PASSWORD``, ``…_PROJECT``) sends it to any other registry
instead, which is judged as "stable" and as "dev".
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest

from tests.conformance.blobs import Place
from tests.conformance.client import Registry
from tests.conformance.forms import DEV, STABLE, Form
from tests.support.people import People, Person
from tests.support.product import Product
from tests.support.seaweedfs import SeaweedFS

ELSEWHERE = os.environ.get("PORTOLAN_TEST_CONFORMANCE_URL", "")
STORES = ["elsewhere"] if ELSEWHERE else ["disk", "s3", "s3 without redirects"]
# The coming form asks for all that the stable one does, and more.
CASES = [(store, form) for store in STORES for form in ((STABLE, DEV) if ELSEWHERE else (DEV,))]


def slow(store: str) -> tuple[pytest.MarkDecorator, ...]:
    return (pytest.mark.slow,) if store.startswith("s3") else ()


def new_place(request: pytest.FixtureRequest, store: str, form: Form) -> Place:
    """A repository that was never pushed to."""
    registry, project = elsewhere() if store == "elsewhere" else of_product(request, store)
    return Place(registry, f"{project}/conformance/{secrets.token_hex(6)}", form)


def elsewhere() -> tuple[Registry, str]:
    told = {key: os.environ.get(f"PORTOLAN_TEST_CONFORMANCE_{key}", "") for key in ("USERNAME", "PASSWORD", "PROJECT")}
    return Registry(ELSEWHERE, told["USERNAME"], told["PASSWORD"]), told["PROJECT"] or "library"


def of_product(request: pytest.FixtureRequest, store: str) -> tuple[Registry, str]:
    fixture = {"disk": "product", "s3": "product_s3"}.get(store, "product_s3_without_redirects")
    product: Product = request.getfixturevalue(fixture)
    owner, project = request.getfixturevalue("owned")
    return Registry(product.url, owner.username, owner.password), project


@pytest.fixture(scope="session")
def owned(people: People) -> tuple[Person, str]:
    """Somebody and the project where they may do everything."""
    owner = people.new_user()
    return owner, people.new_project(owner).name


@pytest.fixture(scope="session")
def product_s3_without_redirects(admin: Person, seaweedfs: SeaweedFS) -> Iterator[Product]:
    environment = seaweedfs.environment(seaweedfs.create_bucket()) | {"PORTOLAN_STORAGE_REDIRECT": "false"}
    running = Product(admin, environment, whole=False)
    running.start()
    yield running
    running.stop()


@pytest.fixture(params=[pytest.param(each, id=f"{each[0]}-{each[1].name}", marks=slow(each[0])) for each in CASES])
def place(request: pytest.FixtureRequest) -> Place:
    return new_place(request, *request.param)


@pytest.fixture
def other_place(place: Place) -> Place:
    """A second repository of the same project, to mount from."""
    return Place(place.registry, f"{place.name}/other", place.form)


@pytest.fixture(params=[pytest.param(store, marks=slow(store)) for store in STORES])
def dev_place(request: pytest.FixtureRequest) -> Place:
    """For what the stable form of the specification does not know."""
    return new_place(request, request.param, DEV)
