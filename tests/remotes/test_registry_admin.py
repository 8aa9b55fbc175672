"""The room for other registries in the admin: a form in plain words, a test, and a secret that only goes in."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.actors import SYSTEM, actor_of
from accounts.models import User
from accounts.services.users import create_user
from registry_api.models import Registry
from registry_api.services import registry_checks
from registry_api.services.registries import create_registry
from tests.portal.conftest import plain_static_files
from tests.support.hand_made import Call, HandMade

__all__ = ["plain_static_files"]

pytestmark = pytest.mark.django_db
SECRET = "very-secret-1"


@pytest.fixture
def user(db: None) -> User:
    return create_user(actor=SYSTEM, username="captain", password=None, is_sysadmin=True)


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user, "accounts.backends.local.LocalBackend")
    return client


@pytest.fixture
def elsewhere(hand_made: HandMade) -> HandMade:
    def answer(call: Call) -> None:
        if call.headers.get("authorization") == "Basic cm9ib3Q6dmVyeS1zZWNyZXQtMQ==":
            call.reply(200)
        else:
            call.reply(401, WWW_Authenticate='Basic realm="x"')

    hand_made.on("GET /v2/", answer)
    return hand_made


@pytest.fixture
def row(elsewhere: HandMade, user: User) -> Registry:
    return create_registry(
        actor=actor_of(user),
        name="first",
        type="docker-registry",
        url=elsewhere.url,
        access_key="robot",
        access_secret=SECRET,
    )


def form(elsewhere: HandMade, **more: str) -> dict[str, str]:
    return {"name": "first", "url": elsewhere.url, "credential_type": "basic", "access_key": "robot", **more}


def change(client: Client, row: Registry, data: dict[str, str]) -> Any:
    return client.post(reverse("admin:registry_api_registry_change", args=[row.pk]), data)


def errors(response: Any) -> str:
    assert response.status_code == 200
    return str(response.context["adminform"].form.errors)


def test_it_works(client: Client, elsewhere: HandMade) -> None:
    data = form(elsewhere, type="docker-registry", secret=SECRET)
    assert client.post(reverse("admin:registry_api_registry_add"), data).status_code == 302
    row = Registry.objects.get()
    assert (row.name, row.status, row.access_secret) == ("first", "healthy", SECRET)


def test_the_secret_is_not_on_any_page(client: Client, row: Registry) -> None:
    for name, args in (("changelist", []), ("change", [row.pk]), ("history", [row.pk]), ("delete", [row.pk])):
        page = client.get(reverse(f"admin:registry_api_registry_{name}", args=args))
        assert page.status_code == 200
        assert SECRET not in page.content.decode()


def test_an_empty_secret_keeps_what_there_is(client: Client, row: Registry, elsewhere: HandMade) -> None:
    assert change(client, row, form(elsewhere, description="changed")).status_code == 302
    changed = Registry.objects.get()
    assert (changed.description, changed.access_secret) == ("changed", SECRET)


def test_without_a_user_name_the_secret_goes_too(client: Client, row: Registry, elsewhere: HandMade) -> None:
    elsewhere.on("GET /v2/", 200)
    assert change(client, row, form(elsewhere, access_key="")).status_code == 302
    assert Registry.objects.get().access_secret is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"secret": "wrong"}, "does not take the credentials"),
        ({"url": "http://169.254.169.254"}, "the secret has to be given again"),
        ({"url": "http://169.254.169.254", "secret": "wrong"}, "no address that may be reached"),
        ({"url": "nonsense", "secret": "wrong"}, "an address of the form"),
        ({"ca_certificate": "nonsense"}, "PEM"),
    ],
)
def test_what_is_refused_is_said_in_the_form(
    client: Client, row: Registry, elsewhere: HandMade, data: dict[str, str], words: str
) -> None:
    said = errors(change(client, row, form(elsewhere, **data)))
    assert words in said.replace("&#x27;", "'") or words.capitalize() in said
    assert "wrong" not in said
    assert Registry.objects.get().access_secret == SECRET


def test_the_connection_is_tested(client: Client, row: Registry, elsewhere: HandMade) -> None:
    def test() -> str:
        data = {"action": "test", "_selected_action": [row.pk]}
        page = client.post(reverse("admin:registry_api_registry_changelist"), data, follow=True)
        return " ".join(str(message) for message in page.context["messages"])

    assert test() == "first can be used."
    elsewhere.on("GET /v2/", 500)
    assert "first cannot be used" in test()
    assert Registry.objects.get().status == "unhealthy"


def test_nobody_is_kept_waiting_while_the_registry_is_asked(
    client: Client, row: Registry, elsewhere: HandMade, transactions: list[bool]
) -> None:
    change(client, row, form(elsewhere, secret=SECRET))
    assert transactions == [False]


@pytest.fixture
def transactions(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the form's own transaction was open, for each time that a registry was asked."""
    found: list[bool] = []
    outside = len(connection.savepoint_ids)
    ask = registry_checks.problem_of

    def watched(registry: Registry) -> str:
        found.append(len(connection.savepoint_ids) > outside)
        return ask(registry)

    monkeypatch.setattr(registry_checks, "problem_of", watched)
    return found
