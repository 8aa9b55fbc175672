"""What all forms have in common: one button that saves, and words in which people speak."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.utils import flatten_fieldsets
from django.urls import reverse

from accounts.console.service_room import ServiceRoom
from tests.console.conftest import Scene, Visitor, read
from tests.console.rooms import MAKERS, form_address

# A name of the product, or of one of its events.
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b")


def said(forms: Iterable[Any]) -> list[str]:
    return [str(field.label) for form in forms for field in form.fields.values()]


def choices(form: Any, name: str) -> list[str]:
    return [str(title) for _value, title in form.fields[name].choices]


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)
def test_one_button_saves(scene: Scene, captain: Visitor, model: Any) -> None:
    page = captain.page(form_address(MAKERS[model](scene)))
    assert 'name="_save"' in page
    assert 'name="_continue"' not in page and 'name="_addanother"' not in page


def on_pages(scene: Scene, captain: Visitor) -> list[AdminForm]:
    """Those for changes, and those for what is added."""
    addresses = [form_address(make(scene)) for make in MAKERS.values()]
    rooms = [room for room in admin.site._registry.values() if isinstance(room, ServiceRoom)]
    addresses += [room.address("add", query={"project": scene.project.pk}) for room in rooms]
    pages = [captain.get(address).context for address in addresses]
    forms = [page["adminform"] for page in pages if page and "adminform" in page]
    assert len(forms) > len(MAKERS)
    return forms


def test_a_form_takes_nothing_that_its_page_does_not_ask_for(scene: Scene, captain: Visitor) -> None:
    beyond = {
        type(shown.form).__name__: shown.form.fields.keys() - set(flatten_fieldsets(shown.fieldsets))
        for shown in on_pages(scene, captain)
    }
    assert {form: names for form, names in beyond.items() if names} == {}


def test_labels_begin_like_sentences(scene: Scene, captain: Visitor) -> None:
    forms = [shown.form for shown in on_pages(scene, captain)]
    profile = captain.get(reverse("admin:profile")).context
    labels = said([*forms, profile["form"], profile["preferences"]])
    assert {label for label in labels if label[:1].islower()} == set()


def test_what_is_purged_is_told_in_words(captain: Visitor) -> None:
    form = captain.get(reverse("admin:jobs_auditpurge_changelist")).context["chore_form"]
    told = choices(form, "include_event_types")
    assert "Create user group" in told and not any(map(CODE.search, told))


def test_the_configuration_is_chosen_in_words(captain: Visitor) -> None:
    form = captain.get(reverse("admin:accounts_configurationvalue_changelist")).context["form"]
    assert choices(form, "auth_mode") == ["With names and passwords kept here"]
    assert choices(form, "project_creation_restriction") == ["Every user", "System administrators only"]


def test_ways_of_signing_in_elsewhere_are_told_in_words(captain: Visitor) -> None:
    form = captain.get(reverse("admin:registry_api_registry_add")).context["adminform"].form
    assert choices(form, "credential_type") == ["Name and password", "Refresh token", "Access key and its secret"]


def test_the_log_is_filtered_in_words(captain: Visitor) -> None:
    page = captain.page(reverse("admin:audit_auditlog_changelist"))
    options = {read(title) for title in re.findall(r"<option[^>]*>(.*?)</option>", page, re.DOTALL)}
    options |= {read(title) for title in re.findall(r"<a[^>]*\?[^>]*>(.*?)</a>", page, re.DOTALL)}
    assert {"sign in", "send again", "user group"} <= options
    assert not any(map(CODE.search, options))
