"""Where clients are sent for a token, and what they are told to ask for there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.tokens.conftest import Door, World, basic

DIGEST = "sha256:" + "0" * 64
PARAMETER = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def challenge(response: Any) -> dict[str, str]:
    header = response["WWW-Authenticate"]
    assert header.startswith("Bearer ")
    parameters = dict(PARAMETER.findall(header))
    assert header == "Bearer " + ",".join(f'{name}="{value}"' for name, value in parameters.items())
    return parameters


def test_it_works(db: None, door: Door) -> None:
    response = door.ping(host="registry.example:5000")
    assert response.status_code == 401
    assert challenge(response) == {"realm": "http://registry.example:5000/service/token", "service": "harbor-registry"}
    assert response["Docker-Distribution-Api-Version"] == "registry/2.0"
    assert response.json()["errors"][0]["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v2/team/app/manifests/latest", "repository:team/app:pull"),
        ("HEAD", "/v2/team/app/manifests/latest", "repository:team/app:pull"),
        ("PUT", "/v2/team/app/manifests/latest", "repository:team/app:pull,push"),
        ("DELETE", "/v2/team/app/manifests/latest", "repository:team/app:delete"),
        ("GET", f"/v2/team/app/blobs/{DIGEST}", "repository:team/app:pull"),
        ("HEAD", f"/v2/team/app/blobs/{DIGEST}", "repository:team/app:pull"),
        ("DELETE", f"/v2/team/app/blobs/{DIGEST}", "repository:team/app:delete"),
        ("POST", "/v2/team/app/blobs/uploads/", "repository:team/app:pull,push"),
        ("PATCH", "/v2/team/app/blobs/uploads/x", "repository:team/app:pull,push"),
        ("PUT", "/v2/team/app/blobs/uploads/x", "repository:team/app:pull,push"),
        ("GET", "/v2/team/app/tags/list", "repository:team/app:pull"),
        ("GET", f"/v2/team/app/referrers/{DIGEST}", "repository:team/app:pull"),
        ("GET", "/v2/_catalog", "registry:catalog:*"),
        ("GET", "/v2/", None),
        (
            "POST",
            f"/v2/team/app/blobs/uploads/?mount={DIGEST}&from=open/base",
            "repository:team/app:pull,push repository:open/base:pull",
        ),
    ],
)
@pytest.mark.parametrize("authorization", ["", "Basic " + "YTp3cm9uZw==", "Bearer rubbish"])
def test_every_endpoint_asks_for_its_own_scope(
    world: World, door: Door, method: str, path: str, scope: str | None, authorization: str
) -> None:
    headers = {"authorization": authorization} if authorization else {}
    response = door.client.generic(method, path, headers=headers)
    assert response.status_code == 401
    given = challenge(response)
    assert given.get("scope") == scope
    assert given.get("error") == ("invalid_token" if authorization.startswith("Bearer") else None)


def test_wrong_credentials_get_the_challenge_too(world: World, door: Door) -> None:
    response = door.client.get("/v2/", headers=basic("alice", "wrong"))
    assert response.status_code == 401
    assert challenge(response)["realm"].endswith("/service/token")
    assert response.json()["errors"][0]["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize("header", ["Digest x", "Negotiate", "x", "Bearer", "Basic", "bearer ", "BASIC YTpi"])
def test_what_is_not_understood_is_refused(world: World, door: Door, header: str) -> None:
    assert door.ping(header).status_code == 401


def test_the_name_of_the_scheme_may_be_written_in_any_case(world: World, door: Door) -> None:
    token = door.get_token(user="alice").json()["token"]
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert door.ping(f"{scheme} {token}").status_code == 200
    for scheme in ("Basic", "basic"):
        assert door.ping(basic("alice")["authorization"].replace("Basic", scheme)).status_code == 200


def test_the_words_that_clients_look_for_stand_nowhere_else(db: None, door: Door) -> None:
    header = door.ping(host="registry.example")["WWW-Authenticate"].lower()
    assert "basic" not in header
    assert header.count("bearer") == 1


@pytest.mark.parametrize(
    ("host", "realm"),
    [
        ("registry.example", "http://registry.example/service/token"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/service/token"),
        ("[::1]:8080", "http://[::1]:8080/service/token"),
        ("localhost", "http://localhost/service/token"),
    ],
)
def test_the_realm_follows_the_host(db: None, door: Door, host: str, realm: str) -> None:
    assert challenge(door.ping(host=host))["realm"] == realm


def test_without_a_host_the_realm_is_the_servers_own_name(db: None, door: Door) -> None:
    assert challenge(door.ping())["realm"] == "http://testserver/service/token"


def test_the_protocol_of_the_external_address_wins(db: None, door: Door, settings: Any) -> None:
    settings.EXTERNAL_URL = "https://portal.example"
    assert challenge(door.ping(host="registry.example"))["realm"] == "https://registry.example/service/token"


def test_a_trusted_proxy_says_how_it_was_reached(db: None, door: Door, settings: Any) -> None:
    forwarded = {"x-forwarded-proto": "https", "x-forwarded-host": "registry.example", "host": "inner:8080"}
    assert challenge(door.ping(**forwarded))["realm"] == "http://inner:8080/service/token", "nobody is trusted yet"
    settings.TRUSTED_PROXIES = 1
    assert challenge(door.ping(**forwarded))["realm"] == "https://registry.example/service/token"


def test_only_the_outermost_trusted_proxy_is_believed(db: None, door: Door, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 2
    forwarded = {
        "x-forwarded-proto": "http, https, http",
        "x-forwarded-host": "claimed.example, outer.example, inner.example",
    }
    assert challenge(door.ping(**forwarded))["realm"] == "https://outer.example/service/token"


def test_a_made_up_protocol_is_not_repeated(db: None, door: Door, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    response = door.ping(host="registry.example", **{"x-forwarded-proto": "javascript"})
    assert challenge(response)["realm"] == "http://registry.example/service/token"


@pytest.mark.parametrize("host", ['evil"example', "evil/../x", "evil example", "evil,example", "evil\\example", "a@b"])
def test_what_is_no_host_name_is_refused(db: None, door: Door, host: str) -> None:
    assert refused_for_its_host(door, host)


def test_hosts_that_are_not_ours_are_refused(db: None, door: Door, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["registry.example"]
    assert challenge(door.ping(host="registry.example:5000"))
    assert refused_for_its_host(door, "another.example")


def refused_for_its_host(door: Door, host: str) -> bool:
    """Under Django's own handler it becomes 400, and under the lean one too (tests/server)."""
    from django.core.exceptions import DisallowedHost

    try:
        response = door.ping(host=host)
    except DisallowedHost:
        return True
    return response.status_code == 400
