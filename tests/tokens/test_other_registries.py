"""Another registry accepts our tokens when it is given our certificates: Debian's docker-registry, version 2.8."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
import requests
from django.core.management import call_command

from accounts.actors import SYSTEM
from accounts.token_service import keys
from tests.support.docker_registry import DockerRegistry
from tests.tokens.conftest import SERVICE, Door, World
from tests.tokens.forging import foreign_key, good_claims, signed

Start = Callable[[], DockerRegistry]
PUSH = "repository:team/app:pull,push"


@pytest.fixture
def start(tmp_path: Path, settings: object) -> Iterator[Start]:
    """Starts one that trusts the certificates which the command prints at that moment."""
    started: list[DockerRegistry] = []

    def start_registry() -> DockerRegistry:
        printed = StringIO()
        call_command("signing_certificate", stdout=printed)
        bundle = tmp_path / "bundle.pem"
        bundle.write_text(printed.getvalue())
        token = {
            "realm": "http://127.0.0.1:9/service/token",
            "service": SERVICE,
            "issuer": settings.TOKEN_ISSUER,
            "rootcertbundle": str(bundle),
        }
        registry = DockerRegistry(tmp_path / f"registry{len(started)}", auth={"token": token})
        registry.__enter__()
        started.append(registry)
        return registry

    yield start_registry
    for registry in started:
        registry.__exit__(None, None, None)


def status(registry: DockerRegistry, method: str, path: str, token: str = "") -> int:
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return session.request(method, f"http://{registry.address}{path}", headers=headers, timeout=30).status_code


def test_it_works(world: World, door: Door, start: Start) -> None:
    registry = start()
    assert status(registry, "GET", "/v2/") == 401
    token = door.get_token(PUSH, user="alice").json()["token"]
    assert status(registry, "GET", "/v2/", token) == 200
    assert status(registry, "POST", "/v2/team/app/blobs/uploads/", token) == 202


def test_it_grants_there_what_it_grants_here(world: World, door: Door, start: Start) -> None:
    registry = start()
    token = door.get_token(PUSH, user="bob").json()["token"]
    assert status(registry, "GET", "/v2/team/app/tags/list", token) == 404, "allowed, but nothing is there"
    assert status(registry, "POST", "/v2/team/app/blobs/uploads/", token) == 401
    assert status(registry, "GET", "/v2/team/other/tags/list", token) == 401
    catalog = door.get_token("registry:catalog:*", user="root").json()["token"]
    assert status(registry, "GET", "/v2/_catalog", catalog) == 200


def test_the_class_of_a_scope_does_not_spoil_the_token(world: World, door: Door, start: Start) -> None:
    token = door.get_token("repository(plugin):team/app:pull,push", user="alice").json()["token"]
    assert status(start(), "POST", "/v2/team/app/blobs/uploads/", token) == 202


def test_a_rotation_needs_only_the_new_certificates(world: World, door: Door, start: Start, committing: object) -> None:
    old = door.get_token(PUSH, user="alice").json()["token"]
    with committing():
        keys.rotate_signing_key(actor=SYSTEM)
    new = door.get_token(PUSH, user="alice").json()["token"]
    registry = start()
    for token in (old, new):
        assert status(registry, "POST", "/v2/team/app/blobs/uploads/", token) == 202


def test_it_refuses_a_foreign_key_under_our_certificate(world: World, start: Start) -> None:
    registry = start()
    certificate = dict(keys.signer().headers)
    assert status(registry, "GET", "/v2/", signed(good_claims(world), **certificate)) == 200
    assert status(registry, "GET", "/v2/", signed(good_claims(world), key=foreign_key(), **certificate)) == 401
