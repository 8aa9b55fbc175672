"""Docker Hub: names without a namespace, lists from its own interface, and another address for its registry."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from registry_api.remotes.adapters import connect
from registry_api.remotes.endpoint import Endpoint
from registry_api.remotes.errors import BadAnswer, Refused
from tests.remotes.conftest import MakeAdapter
from tests.support.hand_made import Call, HandMade

USER = ("ann", "secret-1")
REPOSITORIES = {"library": ["alpine", "nginx"], "ann": ["app", "base"]}


@pytest.fixture
def hub(hand_made: HandMade) -> HandMade:
    """Its interface as its documentation has it, in pages of one repository."""

    def sign_in(call: Call) -> None:
        given = json.loads(call.body)
        assert given == {"identifier": USER[0], "secret": USER[1]}
        call.reply(200, b'{"access_token": "jwt"}')

    def repositories(call: Call) -> None:
        namespace = call.path.split("/")[3]
        number = int(parse_qs(urlsplit(call.target).query)["page"][0])
        names = REPOSITORIES.get(namespace, [])
        if namespace == "ann" and call.headers.get("authorization") != "Bearer jwt":
            call.reply(401)
        elif number > len(names):
            call.reply(404)
        else:
            following = f"{hand_made.url}/next" if number < len(names) else None
            call.reply(200, json.dumps({"next": following, "results": [{"name": names[number - 1]}]}).encode())

    hand_made.on("POST /v2/auth/token", sign_in)
    hand_made.on("GET /v2/namespaces/", repositories)
    hand_made.on("GET /v2/library/nginx/tags/list", b'{"tags": ["1.27", "latest"]}')
    return hand_made


def test_it_works(hub: HandMade, adapter: MakeAdapter) -> None:
    there = adapter(hub.url, "docker-hub", USER)
    assert list(there.repositories(["library/*"])) == ["library/alpine", "library/nginx"]
    assert list(there.repositories(["library/n*", "ann/**", "none/**"])) == ["library/nginx", "ann/app", "ann/base"]
    assert [each.tags for each in there.artifacts("library/nginx")] == [("1.27",), ("latest",)]


def test_official_images_have_no_namespace(hub: HandMade, adapter: MakeAdapter) -> None:
    there = adapter(hub.url, "docker-hub")
    assert there.repository("nginx").name == "library/nginx"
    assert list(there.repositories(["nginx"])) == ["nginx"]
    assert [(each.repository, each.tags) for each in there.artifacts("nginx")] == [
        *(("nginx", ("1.27",)), ("nginx", ("latest",))),
    ]


def test_without_a_namespace_it_is_ones_own(hub: HandMade, adapter: MakeAdapter) -> None:
    assert list(adapter(hub.url, "docker-hub", USER).repositories([])) == ["ann/app", "ann/base"]
    for user, pattern in ((None, "**"), (USER, "{library,ann}/*"), (USER, "lib*/nginx")):
        with pytest.raises(Refused, match="begin the name with a namespace"):
            list(adapter(hub.url, "docker-hub", user).repositories([pattern]))


@pytest.mark.parametrize("answer", [b"[]", b'{"results": [5]}', b'{"results": [{}]}', b'{"results": {}}'])
def test_lists_that_are_none(hub: HandMade, adapter: MakeAdapter, answer: bytes) -> None:
    hub.on("GET /v2/namespaces/library/", answer)
    with pytest.raises(BadAnswer):
        list(adapter(hub.url, "docker-hub").repositories(["library/*"]))


@pytest.mark.parametrize("url", ["https://hub.docker.com", "https://docker.io", "https://registry-1.docker.io"])
def test_its_registry_has_an_address_of_its_own(url: str) -> None:
    there = connect(Endpoint(url, "docker-hub"))
    assert there.session.url == "https://registry-1.docker.io"
    there.close()
