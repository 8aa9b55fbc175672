"""Tokens from before a project was deleted and made again open nothing in the new one, neither to mount from it nor to
push to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.actors import SYSTEM
from accounts.models import Project
from accounts.services.projects import delete_project
from registry_api.models import Repository
from tests.conformance.blobs import Blob, Place, post_only, random_blob
from tests.conformance.client import Answer, Registry, with_query
from tests.conformance.forms import DEV
from tests.support.people import People, Person
from tests.support.product import Product
from tests.v2.conftest import client_of, seen_by


@pytest.fixture
def source(people: People, owner: Person, product: Product, blob: Blob) -> Place:
    """A repository that holds the blob, in a project of its own."""
    place = Place(client_of(product, owner), f"{people.new_project(owner).name}/base", DEV)
    post_only(place, blob).expect(201)
    return place


@pytest.fixture(scope="module")
def blob() -> Blob:
    return random_blob(100)


@pytest.fixture
def make_again(people: People, owner: Person, blob: Blob) -> Callable[[Place], None]:
    """The project goes and comes again under its name, with the same repository and the same blob in it."""

    def work(place: Place) -> None:
        name = place.name.partition("/")[0]
        Repository.objects.filter(name=place.name).delete()
        delete_project(actor=SYSTEM, project=Project.objects.get(name=name))
        people.new_project(owner, name=name)
        fresh = Registry(place.registry.url, owner.username, owner.password)
        post_only(seen_by(place, fresh), blob).expect(201)

    return work


def request(registry: Registry, token: str, method: str, address: str) -> Answer:
    return registry.request(method, address, headers={"Authorization": f"Bearer {token}"})


def test_source_of_a_mount(
    product: Product, admin: Person, place: Place, source: Place, blob: Blob, make_again: Callable[[Place], None]
):
    """A system administrator's token, which no change of memberships makes void."""
    registry = client_of(product, admin)
    scopes = f"repository:{place.name}:pull,push", f"repository:{source.name}:pull"
    mount = with_query(place.uploads, mount=blob.digest, **{"from": source.name})
    old = registry.token(*scopes)
    request(registry, old, "HEAD", source.blob(blob.digest)).expect(200)
    make_again(source)
    request(registry, old, "POST", mount).expect(202)
    request(registry, old, "HEAD", place.blob(blob.digest)).expect(404)
    request(registry, registry.token(*scopes), "POST", mount).expect(201)


def test_target(product: Product, admin: Person, source: Place, make_again: Callable[[Place], None]):
    registry = client_of(product, admin)
    scope = f"repository:{source.name}:pull,push"
    old = registry.token(scope)
    request(registry, old, "GET", source.tags).expect(200)
    make_again(source)
    for method, address in (("GET", source.tags), ("POST", source.uploads)):
        answer = request(registry, old, method, address).expect(401)
        assert 'error="invalid_token"' in (answer.header("WWW-Authenticate") or "")
    request(registry, registry.token(scope), "POST", source.uploads).expect(202)
