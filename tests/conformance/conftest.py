"""Where the suite runs: the product on disk and on an object store, judged as "stable" and as "dev".

``PORTOLAN_TEST_CONFORMANCE_URL`` (with ``…_USERNAME``, ``…_PASSWORD``, ``…_PROJECT``) sends it to any other registry
instead.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable

import pytest

from tests.conformance.blobs import Place
from tests.conformance.client import Registry
from tests.conformance.forms import DEV, STABLE, Form
from tests.support.people import People, Person
from tests.support.product import Product

ELSEWHERE = os.environ.get("PORTOLAN_TEST_CONFORMANCE_URL", "")
STORES = ["elsewhere"] if ELSEWHERE else ["disk", pytest.param("s3", marks=pytest.mark.slow)]
MakePlace = Callable[[Form], Place]


@pytest.fixture(params=STORES)
def new_place(request: pytest.FixtureRequest) -> MakePlace:
    """Makes the name of a repository that was never pushed to, in one project with all the others of a test."""
    registry, project = _elsewhere() if request.param == "elsewhere" else _product(request)

    def make(form: Form) -> Place:
        return Place(registry, f"{project}/conformance/{secrets.token_hex(6)}", form)

    return make


def _elsewhere() -> tuple[Registry, str]:
    told = {key: os.environ.get(f"PORTOLAN_TEST_CONFORMANCE_{key}", "") for key in ("USERNAME", "PASSWORD", "PROJECT")}
    return Registry(ELSEWHERE, told["USERNAME"], told["PASSWORD"]), told["PROJECT"] or "library"


def _product(request: pytest.FixtureRequest) -> tuple[Registry, str]:
    product: Product = request.getfixturevalue("product" if request.param == "disk" else "product_s3")
    owner, project = request.getfixturevalue("owned")
    return Registry(product.url, owner.username, owner.password), project


@pytest.fixture(scope="session")
def owned(people: People) -> tuple[Person, str]:
    """Somebody and the project where they may do everything."""
    owner = people.new_user()
    return owner, people.new_project(owner).name


@pytest.fixture(params=[STABLE, DEV], ids=lambda form: form.name)
def place(request: pytest.FixtureRequest, new_place: MakePlace) -> Place:
    return new_place(request.param)


@pytest.fixture
def other_place(place: Place, new_place: MakePlace) -> Place:
    """A second repository, to mount from."""
    return new_place(place.form)


@pytest.fixture
def dev_place(new_place: MakePlace) -> Place:
    """For what the stable form of the specification does not know."""
    return new_place(DEV)
