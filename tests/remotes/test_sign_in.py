"""Signing in: by name and password, by tokens for each scope, by a refresh token; and no way round it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from registry_api.remotes.adapters import connect
from registry_api.remotes.challenges import read_challenges
from registry_api.remotes.contract import Adapter
from registry_api.remotes.endpoint import Credential, Endpoint
from registry_api.remotes.errors import BadAnswer, RemoteError, Throttled, Unauthorized
from tests.remotes.certificates import self_signed
from tests.remotes.conftest import MakeAdapter, put_image
from tests.support.docker_registry import DockerRegistry
from tests.support.hand_made import Call, HandMade
from tests.support.people import People
from tests.support.product import Product
from tests.support.registry import random_image

USER = ("robot", "secret-1")
BCRYPT = "$2y$04$.CbMoPW.43gjT5O5qnf2E.jxnvY6tHUa/i.1RiDOtF0.lLabongfO"  # of the password
REFRESH = "refresh-token-1"
CATALOG = b'{"repositories": []}'


@pytest.fixture(scope="module")
def with_passwords(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """Docker's own registry, which asks for a name and a password."""
    folder = tmp_path_factory.mktemp("basic")
    (folder / "htpasswd").write_text(f"{USER[0]}:{BCRYPT}\n")
    auth = {"htpasswd": {"realm": "basic-realm", "path": str(folder / "htpasswd")}}
    with DockerRegistry(folder / "registry", auth=auth) as registry:
        yield registry


class TokenService:
    """A registry that wants tokens, and the service that gives them: those that say what they are for."""

    def __init__(self, server: HandMade, *, life: int = 300) -> None:
        self.server = server
        self.life = life
        self.asked: list[list[tuple[str, str]]] = []
        server.on("GET /v2/", self.registry)
        server.on("HEAD /v2/", self.registry)
        server.on("GET /token", self.service)
        server.on("POST /token", self.service)

    def registry(self, call: Call) -> None:
        wanted = "registry:catalog:*" if "_catalog" in call.path else ""
        wanted = "repository:a/b:pull" if "/a/b/" in call.path else wanted
        given = call.headers.get("authorization", "")
        if given.startswith("Bearer token-") and wanted in given:
            call.reply(200, CATALOG)
        else:
            challenge = f'Bearer realm="{self.server.url}/token",service="a service",scope="{wanted}"'
            call.reply(401, WWW_Authenticate=challenge)

    def service(self, call: Call) -> None:
        form = parse_qsl(call.body.decode() if call.method == "POST" else urlsplit(call.target).query)
        self.asked.append(form)
        good = call.headers.get("authorization") == "Basic cm9ib3Q6c2VjcmV0LTE=" or ("refresh_token", REFRESH) in form
        scopes = "+".join(value for name, value in form if name == "scope").replace(" ", "+")
        token = {"token": f"token-{scopes}", "expires_in": self.life}
        call.reply(200 if good else 401, json.dumps(token).encode())


@pytest.fixture
def tokens(hand_made: HandMade) -> TokenService:
    return TokenService(hand_made)


def test_it_works_by_password(with_passwords: DockerRegistry, adapter: MakeAdapter, name: str) -> None:
    there = adapter(f"http://{with_passwords.address}", user=USER)
    there.check()
    put_image(there, name, random_image(), "v1")
    assert list(there.repositories([f"{name.partition('/')[0]}/**"])) == [name]


def test_it_works_by_token(tokens: TokenService, adapter: MakeAdapter) -> None:
    there = adapter(tokens.server.url, user=USER)
    there.check()
    assert list(there.repositories([])) == []
    assert there.repository("a/b").has_blob(f"sha256:{'0' * 64}")
    assert [dict(each)["service"] for each in tokens.asked] == ["a service"] * 3


@pytest.mark.parametrize("user", [None, ("robot", "wrong"), ("other", USER[1])])
def test_wrong_credentials(
    with_passwords: DockerRegistry, tokens: TokenService, adapter: MakeAdapter, user: tuple[str, str] | None
) -> None:
    for url in (f"http://{with_passwords.address}", tokens.server.url):
        with pytest.raises(Unauthorized) as refused:
            adapter(url, user=user).check()
        assert "wrong" not in refused.value.message


def test_a_token_is_asked_for_once_for_each_scope(tokens: TokenService, adapter: MakeAdapter) -> None:
    there = adapter(tokens.server.url, user=USER)
    for _ in range(3):
        list(there.repositories([]))
        list(there.artifacts("a/b"))
    assert [dict(each)["scope"] for each in tokens.asked] == ["registry:catalog:*", "repository:a/b:pull"]


def test_a_token_that_is_void_before_its_time(tokens: TokenService, adapter: MakeAdapter) -> None:
    there = adapter(tokens.server.url, user=USER)
    list(there.repositories([]))
    there.session.tokens._kept = {
        scopes: kept._replace(header="Bearer void") for scopes, kept in there.session.tokens._kept.items()
    }
    list(there.repositories([]))
    assert len(tokens.asked) == 2


def test_a_refresh_token(tokens: TokenService, adapter: MakeAdapter) -> None:
    there = connect(Endpoint(tokens.server.url, "docker-registry", Credential("", REFRESH, "oauth")))
    there.check()
    assert dict(tokens.asked[0])["grant_type"] == "refresh_token"
    assert all("authorization" not in call.headers for call in tokens.server.seen("POST"))
    there.close()


def test_a_scope_that_only_the_challenge_names_is_asked_for_too(hand_made: HandMade, adapter: MakeAdapter) -> None:
    def registry(call: Call) -> None:
        if "more" in call.headers.get("authorization", ""):
            call.reply(200, CATALOG)
        else:
            realm = f"{hand_made.url}/token?account=x"
            call.reply(401, WWW_Authenticate=f'Bearer realm="{realm}",service="s",scope="more:of:it"')

    hand_made.on("GET /v2/", registry)
    hand_made.on("GET /token", lambda call: call.reply(200, json.dumps({"access_token": f"x{call.target}"}).encode()))
    list(adapter(hand_made.url).repositories([]))
    (asked,) = hand_made.seen("GET", "/token")
    assert parse_qs(urlsplit(asked.target).query)["scope"] == ["registry:catalog:*", "more:of:it"]


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b"{}", b'{"token": 5}', b'{"token": "a b"}', b'{"token": "a\\r\\nX: y"}']
)
def test_what_is_no_token(hand_made: HandMade, adapter: MakeAdapter, answer: bytes) -> None:
    hand_made.on("GET /v2/", 401, WWW_Authenticate=f'Bearer realm="{hand_made.url}/token"')
    hand_made.on("GET /token", answer)
    with pytest.raises(BadAnswer):
        adapter(hand_made.url, user=USER).check()


@pytest.mark.parametrize(
    "challenge",
    [
        "",
        "Negotiate",
        "Bearer",
        'Bearer realm=""',
        'Bearer realm="nonsense:"',
        'Bearer realm="http://169.254.169.254/"',
    ],
)
def test_challenges_that_lead_nowhere(hand_made: HandMade, adapter: MakeAdapter, challenge: str) -> None:
    hand_made.on("GET /v2/", 401, WWW_Authenticate=challenge)
    with pytest.raises(RemoteError):
        adapter(hand_made.url, user=USER).check()
    assert len(hand_made.calls) < 4


def test_passwords_do_not_leave_tls(tmp_path: Path, hand_made: HandMade, adapter: MakeAdapter) -> None:
    certificate = self_signed(tmp_path, "127.0.0.1")
    with HandMade(certificate=certificate) as server:
        server.on("GET /v2/", 401, WWW_Authenticate=f'Bearer realm="{hand_made.url}/token"')
        with pytest.raises(BadAnswer, match="without TLS"):
            adapter(server.url, user=USER, ca_certificate=certificate[0].read_text()).check()
    assert hand_made.calls == []


def test_a_token_service_that_has_no_time(hand_made: HandMade, adapter: MakeAdapter, pauses: list[float]) -> None:
    hand_made.on("GET /v2/", 401, WWW_Authenticate=f'Bearer realm="{hand_made.url}/token"')
    hand_made.on("GET /token", 429, Retry_After="3")
    with pytest.raises(Throttled):
        adapter(hand_made.url, user=USER).check()
    assert pauses == [3.0, 3.0, 3.0]


def test_rights_that_do_not_reach_so_far(product: Product, people: People, adapter: MakeAdapter) -> None:
    """Of another instance of our own: a robot that may pull, and not push."""
    project = people.new_project()
    robot = people.new_robot(project, permissions=[("repository", "pull")])
    there: Adapter = adapter(product.url, "harbor", (robot.username, robot.password))
    there.check()
    assert there.repository(f"{project.name}/app").head_manifest("v1") is None
    with pytest.raises(Unauthorized):
        put_image(there, f"{project.name}/app", random_image(), "v1")


def test_a_secret_is_in_no_text(tokens: TokenService) -> None:
    endpoint = Endpoint("http://x", "docker-registry", Credential("robot", "very-secret"))
    assert "very-secret" not in repr(endpoint)


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ('Basic realm="a, b"', [("basic", {"realm": "a, b"})]),
        ("Bearer realm=x,service=y", [("bearer", {"realm": "x", "service": "y"})]),
        ('Basic, Bearer realm="x"', [("basic", {}), ("bearer", {"realm": "x"})]),
        ('Bearer realm="a\\"b" , scope = "c"', [("bearer", {"realm": 'a"b', "scope": "c"})]),
        ('realm="x", Bearer Realm="y"', [("bearer", {"realm": "y"})]),
        ('Bearer realm="unended', [("bearer", {}), ("realm", {})]),
        ("", []),
        ('"', []),
    ],
)
def test_reading_challenges(header: str, read: list[tuple[str, dict[str, str]]]) -> None:
    assert read_challenges(header) == read
