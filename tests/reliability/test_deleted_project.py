"""A project goes away in the middle of a push: the client learns that it is gone, and nothing is left of the push."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from accounts.actors import SYSTEM
from accounts.models import Project
from accounts.services.projects import delete_project
from registry_api.models import Repository, UploadSession
from tests.conformance.blobs import OCTETS, Blob, Place, finish, post_only, random_blob, start
from tests.conformance.client import Answer, with_query
from tests.reliability.places import owned_place
from tests.support.people import People, Person
from tests.support.product import Product

# Long enough for a request to get to where it has to wait; one that is answered by then did not wait.
ON_ITS_WAY = 0.5  # seconds


def post(place: Place, blob: Blob) -> Callable[[], Answer]:
    return lambda: place.registry.request("POST", place.uploads)


def whole(place: Place, blob: Blob) -> Callable[[], Answer]:
    return lambda: post_only(place, blob)


def last_step(place: Place, blob: Blob) -> Callable[[], Answer]:
    sent = place.registry.request("PATCH", start(place), body=blob.content, headers=OCTETS).expect(202)
    return lambda: finish(place, sent.location, blob.digest)


def mount(place: Place, blob: Blob) -> Callable[[], Answer]:
    return lambda: place.registry.request("POST", with_query(place.uploads, mount=blob.digest))


@pytest.mark.parametrize("step", [post, whole, last_step, mount])
def test_first_push(
    step: Callable[[Place, Blob], Callable[[], Answer]], product: Product, people: People, owner: Person
):
    """The step of the push waits until the deletion is decided, and then there is no such project."""
    doomed, other = people.new_project(owner), people.new_project(owner)
    blob = random_blob(1000)
    post_only(owned_place(product, other, owner), blob).expect(201)
    place = owned_place(product, doomed, owner)
    place.registry.get(place.tags)
    work = step(place, blob)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            delete_project(actor=SYSTEM, project=doomed)
            answered = pool.submit(work)
            with pytest.raises(TimeoutError):
                answered.result(ON_ITS_WAY)
        answer = answered.result()
    assert answer.status == 404, f"{answer}: {answer.body!r}"
    assert not Project.objects.filter(pk=doomed.pk).exists()
    assert not Repository.objects.filter(name=place.name).exists()
    assert not UploadSession.objects.filter(repository_name=place.name).exists()
    connections.close_all()


def test_project_with_a_push_on_its_way(product: Product, people: People, owner: Person):
    """The sessions of pushes that never came to a repository do not keep a project."""
    doomed = people.new_project(owner)
    place = owned_place(product, doomed, owner)
    location = start(place)
    delete_project(actor=SYSTEM, project=doomed)
    assert place.registry.get(location).status in (401, 404)
    assert not UploadSession.objects.filter(repository_name=place.name).exists()
