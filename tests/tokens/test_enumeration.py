"""Nobody learns from an answer which projects, users and robots there are."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.http import HttpResponse

from tests.tokens.conftest import Door, World, basic, claims_of

ROBOT = "robot$team+ci"
FORBIDDEN, UNKNOWN = "team/secret", "none/secret"


def seen(response: HttpResponse, *names: str) -> tuple[int, dict[str, str], Any]:
    """What a client sees: status, headers and body, without what differs between any two answers."""
    headers = {name: value for name, value in response.items() if name not in {"X-Request-Id", "Content-Length"}}
    if response.status_code == 200:
        claims = claims_of(response)
        body: Any = {name: claims[name] for name in ("iss", "sub", "aud", "access", "holder")}
        body["answer"] = {k: v for k, v in response.json().items() if k not in {"token", "access_token", "issued_at"}}
    else:
        body = response.content.decode()
    shown = repr((response.status_code, headers, body))
    for name in names:
        shown = shown.replace(name, "<name>")
    return response.status_code, headers, shown


@pytest.mark.parametrize("user", ["", "mallory", "root"])
@pytest.mark.parametrize("actions", ["pull", "pull,push", "*", "delete"])
def test_a_forbidden_project_looks_like_an_unknown_one_in_tokens(
    world: World, door: Door, user: str, actions: str
) -> None:
    answers = [door.get_token(f"repository:{name}:{actions}", user=user) for name in (FORBIDDEN, UNKNOWN)]
    if user == "root":
        assert claims_of(answers[0])["access"], "an administrator sees the difference"
        assert not claims_of(answers[1])["access"]
    else:
        assert seen(answers[0]) == seen(answers[1])
        assert not claims_of(answers[0])["access"]


def test_the_length_of_a_token_tells_nothing_either(world: World, door: Door) -> None:
    lengths = {
        len(door.get_token(f"repository:{name}:pull", user="mallory").json()["token"])
        for name in (FORBIDDEN, UNKNOWN, "team/x", "none/x")
    }
    assert len(lengths) == 1


def test_a_forbidden_project_looks_like_an_unknown_one_by_oauth(world: World, door: Door) -> None:
    def ask(name: str) -> HttpResponse:
        form = {"grant_type": "password", "username": "mallory", "password": "Correct-horse-1"}
        return door.post_token(**form, scope=f"repository:{name}:pull")

    assert seen(ask(FORBIDDEN)) == seen(ask(UNKNOWN))


PATHS = ["/v2/{}/tags/list", "/v2/{}/manifests/latest", "/v2/{}/blobs/sha256:" + "0" * 64,
         "/v2/{}/referrers/sha256:" + "0" * 64]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("caller", ["nobody", "basic", "bearer", "anonymous bearer"])
def test_a_forbidden_repository_looks_like_an_unknown_one(world: World, door: Door, path: str, caller: str) -> None:
    def knock(name: str) -> HttpResponse:
        headers = {}
        if caller == "basic":
            headers = basic("mallory")
        elif caller != "nobody":
            user = "mallory" if caller == "bearer" else ""
            token = door.get_token(f"repository:{name}:pull", user=user).json()["token"]
            headers = {"authorization": f"Bearer {token}"}
        return door.client.get(path.format(name), headers=headers)

    forbidden, unknown = knock(FORBIDDEN), knock(UNKNOWN)
    assert forbidden.status_code in {401, 403}
    assert seen(forbidden, FORBIDDEN)[2] == seen(unknown, UNKNOWN)[2]


def test_a_wrong_password_looks_like_an_unknown_name(world: World, door: Door) -> None:
    names = ["alice", "nobody", "alice@example.org", "nobody@example.org", ROBOT, "robot$team+none", "robot$none+ci"]
    by_query = [seen(door.get_token(user=name, password="wrong")) for name in names]
    by_form = [seen(door.post_token(grant_type="password", username=name, password="wrong")) for name in names]
    direct = [seen(door.client.get("/v2/", headers=basic(name, "wrong"))) for name in names]
    for answers in (by_query, by_form, direct):
        assert answers[0][0] == 401
        assert all(one == another for one, another in itertools.pairwise(answers))


def test_what_is_asked_of_the_database_is_the_same(world: World, door: Door, django_assert_num_queries: Any) -> None:
    door.get_token(user="mallory")
    for name in (FORBIDDEN, UNKNOWN):
        with django_assert_num_queries(1):
            door.get_token(f"repository:{name}:pull", user="mallory")
