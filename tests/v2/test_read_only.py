"""Read-only mode: everything can be pulled and nothing changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import Project
from accounts.services.configuration import update_configuration
from tests.conformance.blobs import Place, random_blob, start
from tests.conformance.client import Registry, with_query
from tests.conformance.data_sets import build
from tests.conformance.steps import list_referrers, list_tags, look, pull, push
from tests.support.people import Person
from tests.support.product import Product
from tests.v2.conftest import client_of, seen_by
from tests.v2.traces import nothing_stored


@pytest.fixture
def read_only(make_product: Callable[..., Product]) -> Product:
    return make_product(PORTOLAN_READ_ONLY="true")


def test_read_only(place: Place, project: Project, owner: Person, read_only: Product):
    data = build("artifacts-with-subject")
    push(place, data)
    location, blob = start(place), random_blob(10)
    here = seen_by(place, client_of(read_only, owner))
    for step in (list_tags, look, pull, list_referrers):
        step(here, data)
    stored, digest = data.manifests[0], next(iter(data.blobs))
    put = {"body": stored.content, "headers": {"Content-Type": stored.media_type}}
    session = location.removeprefix(place.registry.url)
    with nothing_stored(project):
        for method, address, options in [
            ("POST", here.uploads, {}),
            ("POST", with_query(here.uploads, digest=blob.digest), {"body": blob.content}),
            ("POST", with_query(f"/v2/{project.name}/other/blobs/uploads/", mount=digest, **{"from": here.name}), {}),
            ("PATCH", session, {"body": b"abc"}),
            ("PUT", with_query(session, digest=blob.digest), {"body": blob.content}),
            ("DELETE", session, {}),
            ("PUT", here.manifest("image"), put),
            ("PUT", here.manifest("new"), put),
            ("PUT", here.manifest(stored.digest), put),
            ("DELETE", here.manifest("image"), {}),
            ("DELETE", here.manifest(stored.digest), {}),
            ("DELETE", here.blob(digest), {}),
        ]:
            answer = here.registry.request(method, address, **options).expect(403)
            assert b'"DENIED"' in answer.body and b"read only" in answer.body
    assert place.registry.get(location).expect(204).header("Range") == "0-0"


def test_every_process_obeys_at_once_and_gives_it_up_again(
    place: Place, admin: Person, owner: Person, client: Callable[[Person], Registry]
):
    try:
        update_configuration(actor=admin.actor, values={"read_only": True})
        # More requests than there are processes, on a connection each.
        for _ in range(8):
            assert b"read only" in client(owner).request("POST", place.uploads).expect(403).body
    finally:
        update_configuration(actor=admin.actor, values={"read_only": False})
    start(place)
