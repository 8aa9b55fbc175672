"""A project with an owner, and clients that speak to the running product for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from accounts.models import Project
from tests.conformance.blobs import Place
from tests.conformance.client import Registry
from tests.conformance.forms import DEV
from tests.support.people import People, Person, unique
from tests.support.product import Product
from tests.v2.raw import Wire


@pytest.fixture(scope="module")
def owner(people: People) -> Person:
    return people.new_user()


@pytest.fixture(scope="module")
def project(people: People, owner: Person) -> Project:
    return people.new_project(owner)


@pytest.fixture
def place(product: Product, project: Project, owner: Person) -> Place:
    """A repository that was never pushed to, as its owner sees it."""
    return Place(client_of(product, owner), f"{project.name}/{unique('repository')}", DEV)


@pytest.fixture
def wire(product: Product) -> Iterator[Wire]:
    with Wire(product) as connection:
        yield connection


@pytest.fixture
def client(product: Product) -> Callable[[Person | None], Registry]:
    """Clients of the product for anybody; None stays anonymous."""
    return lambda person: client_of(product, person)


def client_of(product: Product, person: Person | None) -> Registry:
    return Registry(product.url, person.username, person.password) if person else Registry(product.url)


def seen_by(place: Place, registry: Registry) -> Place:
    """The same repository through somebody else's eyes."""
    return Place(registry, place.name, place.form)
