"""Tokens open what they name and nothing else; what one may not see is answered like what is not there."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Project
from accounts.permissions import Role
from tests.conformance.blobs import Blob, Place, check_created, check_pull, finish, post_put, random_blob, start
from tests.conformance.client import Answer, Registry, with_query
from tests.conformance.content import DataSet
from tests.conformance.data_sets import build
from tests.conformance.forms import DEV
from tests.conformance.steps import push
from tests.support.people import People, Person, unique
from tests.support.product import Product
from tests.v2.conftest import client_of, seen_by
from tests.v2.traces import nothing_stored

Clients = Callable[[Person | None], Registry]


@pytest.fixture
def image(place: Place) -> DataSet:
    data = build("image")
    push(place, data)
    return data


def requests_of(place: Place, data: DataSet) -> list[tuple[str, str, dict[str, Any]]]:
    """Everything that can be asked of a repository, and what it takes: pull, push or delete."""
    stored, digest = data.manifests[0], next(iter(data.blobs))
    put = {"body": stored.content, "headers": {"Content-Type": stored.media_type}}
    return [
        ("pull", f"GET {place.tags}", {}),
        ("pull", f"GET {place.manifest('image')}", {}),
        ("pull", f"HEAD {place.manifest('image')}", {}),
        ("pull", f"GET {place.manifest(stored.digest)}", {}),
        ("pull", f"GET {place.blob(digest)}", {}),
        ("pull", f"HEAD {place.blob(digest)}", {}),
        ("pull", f"GET {place.referrers(stored.digest)}", {}),
        ("push", f"POST {place.uploads}", {}),
        ("push", f"POST {place.uploads}?digest={random_blob(1).digest}", {"body": b"x"}),
        ("push", f"PUT {place.manifest('image')}", put),
        ("push", f"PUT {place.manifest(stored.digest)}", put),
        ("delete", f"DELETE {place.manifest('image')}", {}),
        ("delete", f"DELETE {place.manifest(stored.digest)}", {}),
        ("delete", f"DELETE {place.blob(digest)}", {}),
    ]


def ask(registry: Registry, request: str, **options: Any) -> Answer:
    method, address = request.split(" ", 1)
    return registry.request(method, address, **options)


def with_token(registry: Registry, request: str, options: dict[str, Any], token: str) -> Answer:
    """This very token, without the client's own way out of a 401."""
    method, address = request.split(" ", 1)
    headers = options.get("headers", {}) | {"Authorization": f"Bearer {token}"}
    return registry._send(method, registry.url + address, options.get("body"), headers, None)


def test_token_of_another_repository(place: Place, project: Project, image: DataSet):
    """In the same project, and with all actions."""
    token = place.registry.token(f"repository:{place.name}x:pull,push,delete")
    with nothing_stored(project):
        for action, request, options in requests_of(place, image):
            answer = with_token(place.registry, request, options, token).expect(401)
            challenged(place, answer, action, "insufficient_scope")


def challenged(place: Place, answer: Answer, action: str, error: str = "") -> None:
    asked = {"push": "pull,push"}.get(action, action)
    expected = (
        f'Bearer realm="{place.registry.url}/service/token",service="harbor-registry"'
        f',scope="repository:{place.name}:{asked}"' + (f',error="{error}"' if error else "")
    )
    assert answer.header("WWW-Authenticate") == expected
    if answer.method != "HEAD":
        assert json.loads(answer.body)["errors"][0]["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize("granted", ["", "pull", "push", "delete", "pull,push"])
def test_token_for_some_actions(place: Place, project: Project, image: DataSet, granted: str):
    """Each action by itself: a right to push is not one to pull or to delete."""
    token = place.registry.token(f"repository:{place.name}:{granted}") if granted else place.registry.token()
    with nothing_stored(project):
        for action, request, options in requests_of(place, image):
            if action not in granted.split(","):
                with_token(place.registry, request, options, token).expect(401)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\xff", "null", "e30.e30.", "x" * 7000])
def test_no_token(place: Place, project: Project, image: DataSet, token: str):
    with nothing_stored(project):
        for action, request, options in requests_of(place, image):
            answer = with_token(place.registry, request, options, token).expect(401)
            challenged(place, answer, action, "invalid_token")


@pytest.mark.parametrize(
    "scheme", ["Digest x", "Bearer", "Basic", "Basic !!!", "Basic Og==", "Negotiate abc", "Basic " + "A" * 7000]
)
def test_other_credentials(place: Place, project: Project, image: DataSet, scheme: str):
    with nothing_stored(project):
        for _, request, options in requests_of(place, image):
            method, address = request.split(" ", 1)
            headers = options.get("headers", {}) | {"Authorization": scheme}
            url = place.registry.url + address
            # After some guesses nothing is verified for a while.
            place.registry._send(method, url, options.get("body"), headers, None).expect(401, 429)


def test_nobody(place: Place, project: Project, image: DataSet, client: Clients):
    """Each address sends its own challenge."""
    with nothing_stored(project):
        for action, request, options in requests_of(place, image):
            method, address = request.split(" ", 1)
            answer = place.registry._send(method, place.registry.url + address, options.get("body"), None, None)
            challenged(place, answer.expect(401), action)
            ask(client(None), request, **options).expect(401)


def test_nobody_on_a_public_repository(people: People, product: Product, owner: Person):
    """Anybody may pull, with a token that anybody may have; nothing else."""
    project = people.new_project(owner, "public")
    place = Place(client_of(product, owner), f"{project.name}/a", DEV)
    data = build("image")
    push(place, data)
    nobody = client_of(product, None)
    with nothing_stored(project):
        for action, request, options in requests_of(place, data):
            ask(nobody, request, **options).expect(200 if action == "pull" else 401)


ALLOWED = {
    Role.PROJECT_ADMIN: {"pull", "push", "delete"},
    Role.MAINTAINER: {"pull", "push", "delete"},
    Role.DEVELOPER: {"pull", "push"},
    Role.GUEST: {"pull"},
    Role.LIMITED_GUEST: {"pull"},
}


@pytest.mark.parametrize("role", ALLOWED)
@pytest.mark.parametrize("way", ["token", "basic"])
def test_role(people: People, product: Product, place: Place, project: Project, image: DataSet, role: Role, way: str):
    """Credentials that cannot be widened are denied (403); a token that could is challenged (401)."""
    person = people.new_user(project=project, role=role)
    registry = client_of(product, person)
    refusal = 401
    if way == "basic":
        registry._authorize = lambda answer: None  # type: ignore[method-assign]
        registry.session.auth = (person.username, person.password)
        refusal = 403
    for action, request, options in requests_of(place, image):
        answer = ask(registry, request, **options)
        if action not in ALLOWED[role]:
            answer.expect(refusal)
            if way == "basic" and answer.method != "HEAD":
                assert b'"DENIED"' in answer.body
        else:
            assert answer.status not in (401, 403), answer


def test_unknown_and_forbidden_are_the_same(people: People, product: Product, place: Place, image: DataSet):
    """A stranger learns nothing from the answers: same status, same headers, same words but for the name."""
    stranger = client_of(product, people.new_user())
    project, repository = place.name.split("/")
    names = [f"{unique('missing')}/{repository}", f"{project}/{unique('missing')}"]
    for _, request, options in requests_of(place, image):
        seen = like_a_stranger(ask(stranger, request, **options), place.name)
        for name in names:
            other = request.replace(place.name, name)
            assert like_a_stranger(ask(stranger, other, **options), name) == seen, other


def like_a_stranger(answer: Answer, name: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """The answer without what is different each time."""
    lines = [(key, value) for key, value in answer.fields if key not in ("Date", "X-Request-Id", "Content-Length")]
    blank = [(key, value.replace(name, "NAME")) for key, value in lines]
    return answer.status, blank, answer.body.replace(name.encode(), b"NAME")


def test_tokens_of_a_stranger_are_the_same(people: People, product: Product, place: Place, image: DataSet):
    """The token service says as little: an unknown name is granted as much as a forbidden one."""
    stranger = client_of(product, people.new_user())
    claims = []
    for name in (place.name, f"{unique('missing')}/a", f"{place.name.split('/')[0]}/missing"):
        token = stranger.token(f"repository:{name}:pull,push,delete")
        payload = token.split(".")[1]
        found = json.loads(_decoded(payload))
        claims.append(re.sub(re.escape(name), "NAME", json.dumps(found["access"])))
    assert len(set(claims)) == 1


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@pytest.fixture
def secret(people: People, product: Product) -> tuple[Place, Blob]:
    """A blob in a private project of somebody else."""
    other = people.new_user()
    place = Place(client_of(product, other), f"{people.new_project(other).name}/secret", DEV)
    blob = random_blob(100)
    post_put(place, blob).expect(201)
    return place, blob


@pytest.mark.parametrize("source", ["named", "anonymous"])
def test_mount_of_what_one_may_not_read(place: Place, project: Project, secret: tuple[Place, Blob], source: str):
    """Like a blob that is nowhere: an upload is opened, and only who has the bytes can finish it."""
    there, blob = secret
    parameters = {"mount": blob.digest} | ({"from": there.name} if source == "named" else {})
    answer = place.registry.request("POST", with_query(place.uploads, **parameters)).expect(202)
    place.registry.head(place.blob(blob.digest)).expect(404)
    finish(place, answer.location, blob.digest).expect(400)
    place.registry.head(place.blob(blob.digest)).expect(404)


def test_mount_of_unknown_and_forbidden_are_the_same(place: Place, secret: tuple[Place, Blob]):
    there, blob = secret
    seen = []
    for digest, source in [
        (blob.digest, there.name),
        (random_blob(1).digest, there.name),
        (blob.digest, f"{unique('missing')}/a"),
        (blob.digest, f"{there.name}/missing"),
    ]:
        answer = place.registry.request("POST", with_query(place.uploads, mount=digest, **{"from": source}))
        lines = [key for key, _ in answer.fields]
        seen.append((answer.status, lines, answer.body))
        place.registry.request("DELETE", answer.location).expect(204)
    assert all(each == seen[0] for each in seen)


@pytest.mark.parametrize("named", [True, False])
def test_mount_with_a_token_for_the_target_alone(people: People, place: Place, project: Project, named: bool):
    """The holder may read the source; the token does not say so, and the token decides."""
    source = Place(place.registry, f"{project.name}/{unique('source')}", place.form)
    blob = random_blob(100)
    post_put(source, blob).expect(201)
    token = place.registry.token(f"repository:{place.name}:pull,push")
    address = with_query(place.uploads, mount=blob.digest, **({"from": source.name} if named else {}))
    answer = with_token(place.registry, f"POST {address}", {}, token).expect(202, 401)
    place.registry.head(place.blob(blob.digest)).expect(404)
    if answer.status == 202:
        place.registry.request("DELETE", answer.location).expect(204)


def test_blob_that_only_the_store_knows(place: Place, secret: tuple[Place, Blob]):
    """Same bytes elsewhere make nothing visible here; pushing them oneself does."""
    _, blob = secret
    place.registry.head(place.blob(blob.digest)).expect(404)
    place.registry.get(place.blob(blob.digest)).expect(404)
    place.registry.request("DELETE", place.blob(blob.digest)).expect(404)
    finish(place, start(place), blob.digest).expect(400)
    check_created(place, post_put(place, blob), blob)
    check_pull(place, blob)


def test_manifest_of_another_project(people: People, product: Product, place: Place, image: DataSet):
    """A digest is no key either."""
    stored = image.manifests[0]
    other = people.new_user()
    theirs = Place(client_of(product, other), f"{people.new_project(other).name}/a", place.form)
    theirs.registry.get(theirs.manifest(stored.digest)).expect(404)
    theirs.registry.get(seen_by(place, theirs.registry).manifest(stored.digest)).expect(401)
    assert json.loads(theirs.registry.get(theirs.referrers(stored.digest)).expect(200).body)["manifests"] == []
