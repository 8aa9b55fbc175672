"""Every page of the console opens for a system administrator; to others it shows what is theirs, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.test import Client, TestCase
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from accounts.actors import SYSTEM
from accounts.models import Project, User
from accounts.services.users import create_user
from registry_api.models import Manifest, Repository
from tests.portal.furnished import Furnished, furnish
from tests.portal.lists import IN_REPOSITORY, list_of
from tests.support.memory import forget_everything

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
ROOMS: dict[type[Model], Any] = dict(admin.site._registry)
# Everybody's: their own tokens.
PERSONAL = {"accounts.PersonalToken"}
OF_SYSTEM = [model for model in MODELS if not ROOMS[model].resource and model._meta.label not in PERSONAL]
OF_PROJECTS = [model for model in MODELS if ROOMS[model].resource]
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
each_of_system = pytest.mark.parametrize("model", OF_SYSTEM, ids=lambda model: model._meta.label)
each_of_projects = pytest.mark.parametrize("model", OF_PROJECTS, ids=lambda model: model._meta.label)


@pytest.fixture(scope="module")
def registry(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Furnished]:
    """One for all tests: what each of them does is undone, and the whole at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        forget_everything()
        yield furnish()
        transaction.set_rollback(True)
    forget_everything()


@pytest.fixture
def captain(registry: Furnished) -> Client:
    client = Client()
    client.force_login(registry.admin)
    return client


@pytest.fixture
def mate(registry: Furnished) -> Client:
    """Runs a project, but not the registry."""
    client = Client()
    client.force_login(registry.member)
    return client


@pytest.fixture
def passenger(registry: Furnished) -> Client:
    """Has an account, and no role anywhere."""
    client = Client()
    client.force_login(create_user(actor=SYSTEM, username="passenger", password=None))
    return client


def address(model: type[Model], page: str, *arguments: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


def pages_of(model: type[Model], pk: Any) -> list[str]:
    return [
        address(model, "changelist"),
        address(model, "add"),
        *(address(model, page, pk) for page in ("change", "delete", "history")),
    ]


def test_it_works(registry: Furnished, captain: Client) -> None:
    page = captain.get(reverse("admin:index"))
    assert page.status_code == 200
    said = {line.strip() for line in page.content.decode().splitlines()}
    assert {"Projects", "Repositories", "Logs", "Users", "Garbage collection", "Configuration"} <= said


@each_model
def test_it_leaves_no_method_to_be_written(model: type[Model]) -> None:
    """Django's metaclasses do not ask for what a base class has declared abstract."""
    room = type(admin.site._registry[model])
    for kind in (room, getattr(room, "form_class", object)):
        unwritten = [name for name in dir(kind) if getattr(getattr(kind, name, None), "__isabstractmethod__", False)]
        assert unwritten == [], kind


def test_signing_in() -> None:
    create_user(actor=SYSTEM, username="navigator", password="Sextant-1730")
    client = Client()
    login = reverse("admin:login")
    assert client.post(login, {"username": "navigator", "password": "wrong"}).status_code == 200
    answer = client.post(login, {"username": "navigator", "password": "Sextant-1730"})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200


def test_somebody_who_is_locked_out_is_told_how_long() -> None:
    create_user(actor=SYSTEM, username="navigator", password="Sextant-1730", is_sysadmin=True)
    client = Client()
    for _ in range(30):
        # Each failure has to be known to all before the next.
        with TestCase.captureOnCommitCallbacks(execute=True):
            page = client.post(reverse("admin:login"), {"username": "navigator", "password": "wrong"}).content.decode()
        if "Too many failed attempts" in page:
            break
    assert re.search(r"Try again in \d+ seconds?\.", page)


@each_model
def test_its_list_opens_and_can_be_searched(captain: Client, model: type[Model]) -> None:
    assert captain.get(list_of(model)).status_code == 200
    if ROOMS[model].search_fields:
        assert captain.get(list_of(model), {"q": "charts <b>%'\""}).status_code == 200


@pytest.mark.parametrize("model", IN_REPOSITORY)
def test_what_is_listed_in_repositories_only_leads_to_them(captain: Client, mate: Client, model: type[Model]) -> None:
    for visitor in (captain, mate):
        for answer in (visitor.get(address(model, "changelist")), visitor.post(address(model, "changelist"))):
            assert (answer.status_code, answer["Location"]) == (302, address(Repository, "changelist"))


@each_model
def test_its_rows_open(captain: Client, model: type[Model]) -> None:
    row = model._default_manager.first()
    assert row is not None, "furnish() makes a row of everything"
    page = captain.get(address(model, "change", row.pk))
    assert page.status_code == 200
    assert "<script>alert(1)" not in page.content.decode()


@each_model
def test_its_other_pages_open_or_are_refused(captain: Client, model: type[Model]) -> None:
    row = model._default_manager.first()
    assert row is not None
    for page, arguments in (("add", ()), ("delete", (row.pk,)), ("history", (row.pk,))):
        assert captain.get(address(model, page, *arguments)).status_code in (200, 403), page


@each_model
def test_a_row_that_does_not_exist_is_no_error(captain: Client, model: type[Model]) -> None:
    for key in ("4711", "no-such-row", "%00", "_3F"):
        assert captain.get(address(model, "changelist") + f"{key}/change/").status_code in (302, 404)


@each_model
def test_who_is_not_signed_in_is_asked_to(registry: Furnished, model: type[Model]) -> None:
    row = model._default_manager.first()
    assert row is not None
    for page in pages_of(model, row.pk):
        for answer in (Client().get(page), Client().post(page, {"post": "yes"})):
            assert answer.status_code == 302
            assert answer["Location"].startswith(reverse("admin:login"))


@each_of_system
@pytest.mark.parametrize("visitor", ["mate", "passenger"])
def test_a_room_of_the_system_is_shut_to_users(
    mate: Client, passenger: Client, model: type[Model], visitor: str
) -> None:
    client = mate if visitor == "mate" else passenger
    row = model._default_manager.first()
    assert row is not None
    before = model._default_manager.count()
    for page in pages_of(model, row.pk):
        # What is not theirs is either shut, or not there at all: then they are led back to the start.
        for answer in (client.get(page), client.post(page, {"post": "yes"})):
            assert answer.status_code in (302, 403, 404), page
            assert answer.status_code != 302 or answer["Location"] == reverse("admin:index")
    assert model._default_manager.count() == before


@each_of_projects
def test_who_runs_a_project_sees_its_rows(mate: Client, model: type[Model]) -> None:
    assert mate.get(list_of(model)).status_code == 200
    row = model._default_manager.exclude(**_of_no_project(model)).first()
    assert row is not None, "furnish() makes a row of everything in the project"
    assert mate.get(address(model, "change", row.pk)).status_code == 200


@each_of_projects
def test_who_has_no_role_sees_none_of_them(passenger: Client, model: type[Model]) -> None:
    listed = passenger.get(list_of(model))
    if model in IN_REPOSITORY:
        # A page of a row leads to where its rows are listed, a page below it is not there.
        assert listed.status_code == (302 if model is Manifest else 404)
    elif model is Project:
        assert all(row.is_public for row in listed.context["cl"].result_list)
    else:
        assert listed.context["cl"].result_count == 0
    row = model._default_manager.exclude(**_public(model)).first()
    assert row is not None
    for page in (address(model, "change", row.pk), address(model, "delete", row.pk)):
        for answer in (passenger.get(page), passenger.post(page, {"post": "yes"})):
            assert answer.status_code in (302, 403, 404), page
    assert model._default_manager.filter(pk=row.pk).exists()


def _public(model: type[Model]) -> dict[str, Any]:
    return {"visibility": "public"} if model is Project else {}


def _of_no_project(model: type[Model]) -> dict[str, Any]:
    path = ROOMS[model].project_path
    return {f"{path}__isnull": True} if path else {}


def test_a_disabled_user_is_out_at_once(registry: Furnished, captain: Client) -> None:
    admin = User.objects.get(pk=registry.admin.pk)
    admin.is_active = False
    admin.save()
    assert captain.get(reverse("admin:index")).status_code == 302


def test_pages_may_not_be_framed_or_guessed_at(captain: Client) -> None:
    page = captain.get(reverse("admin:index"))
    assert page["X-Frame-Options"] == "DENY"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"
    policy = page["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "script-src 'self' 'unsafe-eval';" in policy
