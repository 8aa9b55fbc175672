"""A project of its own for each file, and products that may be hurt: none of the shared ones is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from accounts.models import Project
from tests.reliability.places import owned_place
from tests.support.people import People, Person
from tests.support.product import Product


@pytest.fixture(scope="module")
def owner(people: People) -> Person:
    return people.new_user()


@pytest.fixture(scope="module")
def project(people: People, owner: Person) -> Project:
    return people.new_project(owner)


@pytest.fixture(scope="module")
def mortal(admin: Person) -> Iterator[Product]:
    """A web part whose processes are killed; what is left must start again."""
    running = Product(admin, {}, whole=False)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def place(product: Product, project: Project, owner: Person):
    """A new repository of the shared product."""
    return owned_place(product, project, owner)
