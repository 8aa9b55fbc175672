"""Other registries over the REST API (Harbor's tag ``registry``)."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from pytest_django import Settings

from audit.models import AuditLog
from jobs.housekeeping.tasks import check_other_registries
from registry_api.models import Registry
from registry_api.services import registries
from tests.rest.conftest import Caller
from tests.support.hand_made import Call, HandMade
from tests.support.people import People, unique

SECRET = "very-secret-1"
BASIC = 'Basic realm="x"'


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings: Settings) -> None:
    settings.ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def elsewhere() -> Iterator[HandMade]:
    """A registry that takes the user robot with :data:`SECRET`, and nobody else."""

    def answer(call: Call) -> None:
        if call.headers.get("authorization") == "Basic cm9ib3Q6dmVyeS1zZWNyZXQtMQ==":
            call.reply(200)
        else:
            call.reply(401, WWW_Authenticate=BASIC)

    with HandMade({"GET /v2/": answer}) as server:
        yield server


def body(elsewhere: HandMade, **more: Any) -> dict[str, Any]:
    return {
        "name": unique("registry"),
        "type": "docker-registry",
        "url": elsewhere.url,
        "credential": {"type": "basic", "access_key": "robot", "access_secret": SECRET},
        **more,
    }


def made(caller: Caller, document: dict[str, Any]) -> str:
    return caller.post("/registries", document).expect(201).headers["Location"].removeprefix("/api/v2.0")


def test_making_reading_changing_and_deleting_one(admin: Caller, elsewhere: HandMade) -> None:
    path = made(admin, body(elsewhere, name="first", description="ours"))
    shown = admin.get(path).expect(200).json
    assert shown["credential"] == {"type": "basic", "access_key": "robot", "access_secret": "*****"}
    assert (shown["name"], shown["url"], shown["status"]) == ("first", elsewhere.url, "healthy")
    admin.put(path, {"name": "second", "description": "theirs"}).expect(200)
    assert [(each["name"], each["description"]) for each in admin.get("/registries").json] == [("second", "theirs")]
    admin.delete(path).expect(200)
    admin.get(path).expect(404)
    admin.delete(path).expect(404)
    records = AuditLog.objects.filter(resource_type="registry").order_by("pk")
    assert [each.operation for each in records] == [f"{verb}_registry" for verb in ("create", "update", "delete")]
    assert SECRET not in str([each.detail for each in records])


def test_the_secret_is_nowhere_in_clear(admin: Caller, elsewhere: HandMade) -> None:
    path = made(admin, body(elsewhere))
    assert SECRET not in str(admin.get(path).body + admin.get("/registries").body)
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_secret FROM registry_api_registry")
        assert SECRET not in cursor.fetchone()[0]
    assert Registry.objects.get().access_secret == SECRET


@pytest.mark.parametrize("secret", [..., None, "*****"])
def test_the_secret_stays_unless_another_is_given(admin: Caller, elsewhere: HandMade, secret: object) -> None:
    path = made(admin, body(elsewhere))
    change = {"access_key": "robot", "access_secret": secret, "description": "changed"}
    admin.put(path, {key: value for key, value in change.items() if value is not ...}).expect(200)
    assert Registry.objects.get().access_secret == SECRET
    refused = admin.put(path, {"access_secret": "wrong-secret-1"}).expect(400)
    assert "does not take the credentials" in refused.message
    assert Registry.objects.get().access_secret == SECRET


def test_a_stored_secret_goes_nowhere_else(admin: Caller, elsewhere: HandMade) -> None:
    """Who may change an address, or try another one, does not learn the secret by it."""
    path = made(admin, body(elsewhere))
    with HandMade({"GET /v2/": lambda call: call.reply(401, WWW_Authenticate=BASIC)}) as trap:
        admin.put(path, {"url": trap.url}).expect(400)
        admin.put(path, {"url": trap.url, "access_secret": "*****"}).expect(400)
        admin.post("/registries/ping", {"id": Registry.objects.get().pk, "url": trap.url}).expect(400)
        assert trap.calls == []
    assert admin.get(path).json["url"] == elsewhere.url


def test_it_may_move_with_its_secret_given_again(admin: Caller, elsewhere: HandMade) -> None:
    path = made(admin, body(elsewhere))
    with HandMade(elsewhere.answers) as other:
        admin.put(path, {"url": f"{other.url}/", "access_secret": SECRET}).expect(200)
        assert admin.get(path).json["url"] == other.url


def test_without_credentials(admin: Caller, elsewhere: HandMade) -> None:
    elsewhere.on("GET /v2/", 200)
    path = made(admin, body(elsewhere, credential=None))
    assert admin.get(path).json["credential"] == {}
    admin.put(path, {"access_key": "robot", "access_secret": SECRET}).expect(200)
    admin.put(path, {"access_key": "", "access_secret": ""}).expect(200)
    assert admin.get(path).json["credential"] == {}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": ""}, 400),
        ({"name": "x" * 65}, 400),
        ({"name": "a\nb"}, 400),
        ({"name": 1}, 422),
        ({"type": "floppy-disk"}, 400),
        ({"url": ""}, 400),
        ({"url": "registry.example.com"}, 400),
        ({"url": "ftp://registry.example.com"}, 400),
        ({"url": "https://me:secret@registry.example.com"}, 400),
        ({"url": "https://registry.example.com/?x=1"}, 400),
        ({"url": "https://registry.example.com:0"}, 400),
        ({"url": "http://no-such-host.invalid"}, 400),
        ({"url": "http://169.254.169.254"}, 400),
        ({"credential": {"type": "certificate"}}, 400),
        ({"credential": {"access_key": "a:b"}}, 400),
        ({"credential": {"access_key": "robot", "access_secret": "wrong-secret-1"}}, 400),
        ({"credential": "robot"}, 422),
        ({"ca_certificate": "no certificate"}, 400),
        ({"ca_certificate": "x" * 70_000}, 400),
        ({"description": "x" * 1025}, 400),
        ({"insecure": "yes"}, 422),
    ],
    ids=str,
)
def test_a_bad_one_is_refused(admin: Caller, elsewhere: HandMade, change: dict[str, Any], status: int) -> None:
    answer = admin.post("/registries", body(elsewhere, **change)).expect(status)
    assert SECRET not in answer.message and "wrong-secret" not in answer.message
    assert not Registry.objects.exists()
    path = made(admin, body(elsewhere))
    flat = {**{key: value for key, value in change.items() if key != "credential"}}
    if flat and "type" not in flat:
        admin.put(path, flat).expect(status)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433"])
def test_what_is_inside_is_refused_before_it_is_called(admin: Caller, elsewhere: HandMade, host: str) -> None:
    """The answer repeats what was written, and does not tell what it stands for."""
    with override_settings(ALLOWED_NETWORKS=[]):
        document = body(elsewhere, url=f"http://{host}:{elsewhere.port}")
        message = admin.post("/registries", document).expect(400).message
    assert "no address that may be reached" in message
    assert host.strip("[]") in message
    assert elsewhere.calls == [] and message.count("127.0.0.1") == host.count("127.0.0.1")


def test_names_are_taken_once(admin: Caller, elsewhere: HandMade) -> None:
    path = made(admin, body(elsewhere, name="first"))
    calls = len(elsewhere.calls)
    admin.post("/registries", body(elsewhere, name="first")).expect(409)
    assert len(elsewhere.calls) == calls
    other = made(admin, body(elsewhere, name="second"))
    admin.put(other, {"name": "first"}).expect(409)
    assert admin.get(path).json["name"] == "first"


def test_one_in_use_stays(admin: Caller, elsewhere: HandMade, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(admin, body(elsewhere))
    monkeypatch.setattr(registries, "_users", [lambda row: "", lambda row: f"{row.name} is used by the policy nightly"])
    assert "nightly" in admin.delete(path).expect(412).message
    admin.get(path).expect(200)


def test_pinging(admin: Caller, elsewhere: HandMade) -> None:
    whole = {"type": "docker-registry", "url": elsewhere.url, "access_key": "robot", "access_secret": SECRET}
    admin.post("/registries/ping", whole).expect(200)
    assert (
        "does not take the credentials"
        in admin.post("/registries/ping", {**whole, "access_secret": "wrong"}).expect(400).message
    )
    assert not Registry.objects.exists()
    number = int(made(admin, body(elsewhere)).rpartition("/")[2])
    admin.post("/registries/ping", {"id": number}).expect(200)
    admin.post("/registries/ping", {"id": number, "access_secret": "wrong"}).expect(400)
    admin.post("/registries/ping", {"id": number + 1}).expect(404)
    admin.post("/registries/ping", {}).expect(400)
    assert Registry.objects.get().access_secret == SECRET


def test_health_is_looked_after(admin: Caller, elsewhere: HandMade) -> None:
    path = made(admin, body(elsewhere))
    before = admin.get(path).json
    elsewhere.on("GET /v2/", 500)
    check_other_registries()
    after = admin.get(path).json
    assert (before["status"], after["status"]) == ("healthy", "unhealthy")
    assert after["update_time"] == before["update_time"]
    assert "500" in Registry.objects.get().status_message


def test_a_secret_that_cannot_be_read_any_more_can_be_replaced(admin: Caller, elsewhere: HandMade) -> None:
    path = made(admin, body(elsewhere))
    other = made(admin, body(elsewhere))
    Registry.objects.filter(pk=path.rpartition("/")[2]).update(status="")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_api_registry SET access_secret = 'damaged' WHERE id = %s", [path.rpartition("/")[2]]
        )
    check_other_registries()
    assert [admin.get(each).json["status"] for each in (path, other)] == ["unhealthy", "healthy"]
    admin.get("/registries").expect(200)
    admin.put(path, {"description": "changed"}).expect(200)
    assert "give it again" in admin.put(path, {"insecure": True}).expect(400).message
    admin.put(path, {"access_secret": SECRET}).expect(200)
    admin.post("/registries/ping", {"id": int(path.rpartition("/")[2])}).expect(200)


def test_lists_are_filtered_and_sorted(admin: Caller, elsewhere: HandMade) -> None:
    for name in ("apple", "pear", "pineapple"):
        made(admin, body(elsewhere, name=name))

    def names(query: str) -> list[str]:
        return [each["name"] for each in admin.get(f"/registries?{query}").expect(200).json]

    assert names("") == ["apple", "pear", "pineapple"]
    assert names("name=apple") == ["apple", "pineapple"]
    assert names("q=name=~pear") == ["pear"]
    assert names("q=type=harbor") == []
    assert names("sort=-name&page_size=1&page=2") == ["pear"]
    assert admin.get("/registries?page_size=1").headers["X-Total-Count"] == "3"


def test_what_can_be_asked_of_it(admin: Caller, elsewhere: HandMade) -> None:
    path = made(admin, body(elsewhere))
    info = admin.get(f"{path}/info").expect(200).json
    assert info["type"] == "docker-registry" and info["supported_copy_by_chunk"] is True
    assert [each["type"] for each in info["supported_resource_filters"]] == ["name", "tag", "resource"]
    assert info["supported_triggers"] == ["manual", "scheduled"]
    ours = admin.get("/registries/0/info").expect(200).json
    assert ours["type"] == "harbor" and "event_based" in ours["supported_triggers"]
    admin.get("/registries/99/info").expect(404)


def test_the_kinds_that_there_are(admin: Caller) -> None:
    assert admin.get("/replication/adapters").expect(200).json == ["docker-hub", "docker-registry", "harbor"]
    infos = admin.get("/replication/adapterinfos").expect(200).json
    assert infos["docker-hub"]["endpoint_pattern"]["endpoints"] == [
        {"key": "hub.docker.com", "value": "https://hub.docker.com"}
    ]


def test_a_robot_may_what_it_was_given(people: People, admin: Caller, elsewhere: HandMade) -> None:
    robot = Caller(people.new_system_robot(permissions=[("registry", "list"), ("registry", "read")]))
    path = made(admin, body(elsewhere))
    assert len(robot.get("/registries").expect(200).json) == 1
    robot.get(path).expect(200)
    robot.put(path, {"name": "x"}).expect(403)
    robot.delete(path).expect(403)
    robot.post("/registries", body(elsewhere)).expect(403)
