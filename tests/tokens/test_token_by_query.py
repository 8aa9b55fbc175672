"""GET /service/token (Docker token authentication, "Requesting a Token")."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

from accounts.configuration.present import configured
from accounts.models import RefreshToken
from tests.tokens.conftest import PASSWORD, SERVICE, Door, World, access_of, basic, claims_of


def test_it_works(world: World, door: Door) -> None:
    response = door.get_token("repository:team/app:pull,push", user="alice")
    assert response.status_code == 200
    assert access_of(response) == {"repository:team/app": ["pull", "push"]}


def test_the_answer_has_what_clients_read(world: World, door: Door, settings: object) -> None:
    response = door.get_token(user="alice")
    answer = response.json()
    assert set(answer) == {"token", "access_token", "expires_in", "issued_at"}
    assert answer["token"] == answer["access_token"]
    assert answer["expires_in"] == 60 * configured("token_expiration")
    issued = datetime.fromisoformat(answer["issued_at"])
    assert answer["issued_at"].endswith("Z")
    assert abs(issued.timestamp() - time.time()) < 60
    assert response["Cache-Control"] == "no-store"
    assert int(response["Content-Length"]) == len(response.content)


def test_the_claims_are_those_that_registries_read(world: World, door: Door, settings: object) -> None:
    claims = claims_of(door.get_token("repository:team/app:pull", user="alice"))
    assert claims["iss"] == settings.TOKEN_ISSUER
    assert claims["aud"] == SERVICE, "a string: registries of version 2 take no list"
    assert claims["sub"] == "alice"
    assert claims["exp"] - claims["iat"] == 60 * configured("token_expiration")
    assert claims["nbf"] == claims["iat"]
    assert len(claims["jti"]) >= 16
    assert claims["access"][0]["project"] == world.team.pk
    assert claims["holder"] == {"kind": "user", "id": world.alice.pk, "version": world.actor("alice").rights_version}


def test_no_two_tokens_have_the_same_id(world: World, door: Door) -> None:
    first, second = claims_of(door.get_token(user="alice")), claims_of(door.get_token(user="alice"))
    assert first["jti"] != second["jti"]


@pytest.mark.parametrize(
    "scopes",
    [
        ("repository:team/app:pull,push", "repository:open/app:pull"),
        ("repository:team/app:pull,push repository:open/app:pull",),
        # A client joins scopes and repeats the parameter, with duplicates, all at once.
        (
            "repository:open/app:pull repository:team/app:push",
            "repository:team/app:pull,push  repository:team/app:pull",
        ),
        ("repository(plugin):team/app:pull,push", "repository:open/app:pull"),
    ],
)
def test_scopes_come_repeated_and_joined(world: World, door: Door, scopes: tuple[str, ...]) -> None:
    granted = access_of(door.get_token(*scopes, user="alice"))
    assert granted == {"repository:team/app": ["pull", "push"], "repository:open/app": ["pull"]}


def test_the_class_of_a_scope_is_never_repeated(world: World, door: Door) -> None:
    response = door.get_token("repository(plugin):team/app:pull", user="alice")
    assert [entry["type"] for entry in claims_of(response)["access"]] == ["repository"]


def test_nobody_gets_more_than_is_asked(world: World, door: Door) -> None:
    assert access_of(door.get_token("repository:team/app:pull", user="alice")) == {"repository:team/app": ["pull"]}


def test_nobody_gets_more_than_is_allowed(world: World, door: Door) -> None:
    granted = access_of(door.get_token("repository:team/app:pull,push,delete", user="bob"))
    assert granted == {"repository:team/app": ["pull"]}


def test_everything_asked_means_everything_allowed(world: World, door: Door) -> None:
    scope = "repository:team/app:*"
    assert access_of(door.get_token(scope, user="alice")) == {"repository:team/app": ["delete", "pull", "push"]}
    assert access_of(door.get_token(scope, user="bob")) == {"repository:team/app": ["pull"]}
    assert access_of(door.get_token(scope, user="mallory")) == {}


def test_rights_are_per_repository(world: World, door: Door) -> None:
    scopes = "repository:team/app:push", "repository:team/other:push"
    robot = f"robot$team+{world.robot.name}"
    assert access_of(door.get_token(*scopes, user=robot, password=world.secret)) == {"repository:team/app": ["push"]}


def test_a_robot_is_named_in_full(world: World, door: Door) -> None:
    claims = claims_of(door.get_token(user="robot$team+ci", password=world.secret))
    assert claims["sub"] == "robot$team+ci"
    assert claims["holder"]["kind"] == "robot"


def test_users_sign_in_with_their_address_too(world: World, door: Door) -> None:
    assert claims_of(door.get_token(user="alice@example.org"))["sub"] == "alice"


def test_anybody_gets_a_token_to_pull_what_is_public(world: World, door: Door) -> None:
    response = door.get_token("repository:open/app:pull,push")
    assert access_of(response) == {"repository:open/app": ["pull"]}
    assert claims_of(response)["sub"] == ""


def test_the_anonymous_who_ask_for_nothing_are_refused(world: World, door: Door) -> None:
    for scopes in ((), ("",), ("  ",)):
        response = door.get_token(*scopes)
        assert response.status_code == 401, "this is how a login without credentials fails"
        assert response["WWW-Authenticate"].startswith("Basic ")
        assert response.json()["errors"][0]["code"] == "UNAUTHORIZED"


def test_wrong_credentials_are_refused_and_never_served_as_anonymous(world: World, door: Door) -> None:
    response = door.get_token("repository:open/app:pull", user="alice", password="wrong")
    assert response.status_code == 401
    assert response.json()["errors"][0]["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Basic /////w==", "Bearer something", "Digest x", "Basic \x00"],
)
def test_a_malformed_authorization_is_refused(world: World, door: Door, header: str) -> None:
    query = {"service": SERVICE, "scope": "repository:open/app:pull"}
    response = door.client.get("/service/token", query, headers={"authorization": header})
    assert response.status_code == 401


@pytest.mark.parametrize("service", ["", "another-registry", "harbor-registry "])
def test_another_service_is_refused(world: World, door: Door, service: str) -> None:
    response = door.get_token(user="alice", service=service)
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "BAD_REQUEST"


def test_the_catalog_is_for_administrators(world: World, door: Door) -> None:
    scope = "registry:catalog:*"
    assert access_of(door.get_token(scope, user="root")) == {"registry:catalog": ["*"]}
    for user in ("alice", ""):
        assert access_of(door.get_token(scope, user=user)) == {}


@pytest.mark.parametrize(
    "scope", ["registry:catalog:read", "registry:other:*", "plugin:team/app:pull", "project:team:*"]
)
def test_what_is_no_scope_of_ours_grants_nothing(world: World, door: Door, scope: str) -> None:
    assert access_of(door.get_token(scope, user="root")) == {}


@pytest.mark.parametrize(
    "scope",
    ["repository:team/app", "repository::pull", ":::", "repository:../team/app:pull", "repository:team%2Fapp:pull",
     "repository:TEAM/app:pull", "repository:team/app:pull;push", "repository:team/app/:pull"],
)  # fmt: skip
def test_a_malformed_scope_grants_nothing(world: World, door: Door, scope: str) -> None:
    assert access_of(door.get_token(scope, "repository:team/ok:pull", user="alice")) == {"repository:team/ok": ["pull"]}


def test_too_many_scopes_are_refused(world: World, door: Door) -> None:
    response = door.get_token(" ".join(f"repository:team/{number}:pull" for number in range(1000)), user="alice")
    assert response.status_code == 400


def test_the_largest_token_that_we_issue_is_one_that_we_take(world: World, door: Door) -> None:
    long = "a" * 136
    scopes = " ".join(f"repository:team/{long}{number:03}:pull,push" for number in range(190))
    response = door.get_token(scopes, user="alice")
    assert len(access_of(response)) == 190
    assert door.ping(f"Bearer {response.json()['token']}").status_code == 200


def test_the_queries_do_not_grow_with_the_scopes(
    world: World, door: Door, django_assert_max_num_queries: object
) -> None:
    door.get_token(user="alice")
    scopes = " ".join(
        f"repository:{project}/{number}:pull" for project in ("team", "open", "none") for number in range(50)
    )
    with django_assert_max_num_queries(1):
        door.get_token(scopes, user="alice")


def test_a_refresh_token_comes_only_when_asked_for(world: World, door: Door) -> None:
    assert "refresh_token" not in door.get_token(user="alice").json()
    assert "refresh_token" not in door.get_token(user="alice", offline_token="false").json()
    answer = door.get_token(user="alice", offline_token="true", client_id="docker").json()
    assert len(answer["refresh_token"]) > 40
    row = RefreshToken.objects.get()
    assert (row.user, row.robot, row.client, row.service) == (world.alice, None, "docker", SERVICE)


def test_nobody_in_particular_gets_no_refresh_token(world: World, door: Door) -> None:
    response = door.get_token("repository:open/app:pull", offline_token="true")
    assert response.status_code == 200
    assert "refresh_token" not in response.json()
    assert RefreshToken.objects.count() == 0


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods_are_refused(world: World, door: Door, method: str) -> None:
    response = getattr(door.client, method)("/service/token")
    assert response.status_code == 405
    assert response["Allow"] == "GET, POST"


def test_a_password_in_the_address_is_not_read(world: World, door: Door) -> None:
    query = {"service": SERVICE, "username": "alice", "password": PASSWORD}
    assert door.client.get("/service/token", query).status_code == 401


def test_the_token_lasts_as_long_as_set(world: World, door: Door, settings: object) -> None:
    settings.CONFIGURATION = {"token_expiration": 2}
    claims = claims_of(door.get_token(user="alice"))
    assert timedelta(seconds=claims["exp"] - claims["iat"]) == timedelta(minutes=2)


def test_the_name_of_an_account_parameter_decides_nothing(world: World, door: Door) -> None:
    query = {"service": SERVICE, "account": "root", "scope": "registry:catalog:*"}
    response = door.client.get("/service/token", query, headers=basic("alice"))
    assert claims_of(response)["sub"] == "alice"
    assert access_of(response) == {}
