"""Basic credentials directly on /v2/, without a token."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tokens.conftest import Door, World, basic

ROBOT = "robot$team+ci"


def status(door: Door, path: str, name: str, password: str = "Correct-horse-1", method: str = "GET") -> int:
    return door.client.generic(method, path, headers=basic(name, password)).status_code


def test_it_works(world: World, door: Door) -> None:
    response = door.client.get("/v2/", headers=basic("alice"))
    assert (response.status_code, response.content) == (200, b"{}")
    assert status(door, "/v2/", ROBOT, world.secret) == 200


@pytest.mark.parametrize(
    ("name", "path", "method", "expected"),
    [
        ("bob", "/v2/team/app/tags/list", "GET", {200, 404}),
        ("bob", "/v2/team/app/blobs/uploads/", "POST", {403}),
        ("bob", "/v2/team/app/manifests/x", "DELETE", {403}),
        ("mallory", "/v2/team/app/tags/list", "GET", {403}),
        ("mallory", "/v2/open/app/tags/list", "GET", {200, 404}),
        ("mallory", "/v2/open/app/blobs/uploads/", "POST", {403}),
        ("alice", "/v2/_catalog", "GET", {403}),
        ("root", "/v2/_catalog", "GET", {200}),
        ("root", "/v2/none/app/tags/list", "GET", {403, 404}),
    ],
)
def test_rights_are_those_of_the_account(
    world: World, door: Door, name: str, path: str, method: str, expected: set[int]
) -> None:
    assert status(door, path, name, method=method) in expected


def test_a_robots_patterns_narrow_it(world: World, door: Door) -> None:
    assert status(door, "/v2/team/app/tags/list", ROBOT, world.secret) in {200, 404}
    assert status(door, "/v2/team/other/tags/list", ROBOT, world.secret) == 403


def test_a_refusal_offers_no_token_where_none_would_help(world: World, door: Door) -> None:
    response = door.client.get("/v2/team/app/tags/list", headers=basic("mallory"))
    assert response.status_code == 403
    assert response.json()["errors"][0]["code"] == "DENIED"
    assert "WWW-Authenticate" not in response


def test_the_queries_of_a_request_are_few(world: World, door: Door, django_assert_num_queries: Any) -> None:
    assert status(door, "/v2/", "mallory") == 200
    with django_assert_num_queries(0):
        assert status(door, "/v2/", "mallory") == 200
    with django_assert_num_queries(1):
        assert status(door, "/v2/team/app/tags/list", "mallory") == 403
