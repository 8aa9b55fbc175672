"""Every page of the admin opens for an administrator and for nobody else."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.actors import SYSTEM
from accounts.services.users import create_user
from tests.portal.furnished import Furnished, furnish

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)


@pytest.fixture
def registry() -> Furnished:
    return furnish()


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


def address(model: type[Model], page: str, *arguments: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


def test_it_works(registry: Furnished, captain: Client) -> None:
    page = captain.get(reverse("admin:index"))
    assert page.status_code == 200
    for model in MODELS:
        assert address(model, "changelist") in page.content.decode()


@each_model
def test_it_leaves_no_method_to_be_written(model: type[Model]) -> None:
    """Django's metaclasses do not ask for what a base class has declared abstract."""
    room = type(admin.site._registry[model])
    for kind in (room, getattr(room, "form_class", object)):
        unwritten = [name for name in dir(kind) if getattr(getattr(kind, name, None), "__isabstractmethod__", False)]
        assert unwritten == [], kind


def test_signing_in() -> None:
    create_user(actor=SYSTEM, username="navigator", password="Sextant-1730", is_sysadmin=True)
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
        page = client.post(reverse("admin:login"), {"username": "navigator", "password": "wrong"}).content.decode()
        if "Too many failed attempts" in page:
            break
    assert re.search(r"Try again in \d+ seconds?\.", page)


def test_the_subjects_of_the_step_are_there() -> None:
    wanted = {
        *("accounts.User", "accounts.UserGroup", "accounts.Project", "accounts.Member", "accounts.Robot"),
        "accounts.PersonalToken",
        *("registry_api.Repository", "registry_api.Manifest", "registry_api.Tag"),
    }
    assert wanted <= {model._meta.label for model in MODELS}


@each_model
def test_its_list_opens_and_can_be_searched(captain: Client, model: type[Model]) -> None:
    assert captain.get(address(model, "changelist")).status_code == 200
    if admin.site._registry[model].search_fields:
        assert captain.get(address(model, "changelist"), {"q": "charts <b>%'\""}).status_code == 200


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
@pytest.mark.parametrize("visitor", ["stranger", "mate"])
def test_nobody_else_sees_its_pages(mate: Client, model: type[Model], visitor: str) -> None:
    client = mate if visitor == "mate" else Client()
    row = model._default_manager.first()
    assert row is not None
    pages = [
        address(model, "changelist"),
        address(model, "add"),
        *(address(model, page, row.pk) for page in ("change", "delete", "history")),
    ]
    for page in pages:
        for answer in (client.get(page), client.post(page, {"post": "yes"})):
            assert answer.status_code == 302
            assert answer["Location"].startswith(reverse("admin:login"))


def test_a_disabled_administrator_is_out_at_once(registry: Furnished, captain: Client) -> None:
    registry.admin.is_active = False
    registry.admin.save()
    assert captain.get(reverse("admin:index")).status_code == 302


def test_pages_may_not_be_framed_or_guessed_at(captain: Client) -> None:
    page = captain.get(reverse("admin:index"))
    assert page["X-Frame-Options"] == "DENY"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"
