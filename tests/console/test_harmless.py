"""Whatever is typed into any field of any form comes back as text, and never as a part of the page."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

from tests.console.conftest import Scene, Visitor
from tests.portal.furnished import furnish

HARM = "<img src=x onerror=alert(1)>{{7*7}}'\""
RAW = "<img src=x"
ROOMS = {model._meta.label: model for model in admin.site._registry}


def address(model: type[Model], page: str, *arguments: object, **query: object) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(name, args=arguments, query=query or None)


def typed(form: Any) -> dict[str, Any]:
    """Everything that the form asks for, with the same in each field that takes text."""
    sent: dict[str, Any] = {}
    for field in form:
        value = field.value()
        if isinstance(field.field.widget, forms.TextInput | forms.Textarea) and not field.field.disabled:
            sent[field.html_name] = HARM
        elif value not in (None, False, ""):
            sent[field.html_name] = value
    return sent


@pytest.mark.parametrize("label", ROOMS)
def test_no_form_gives_back_what_was_typed_as_markup(scene: Scene, captain: Visitor, label: str) -> None:
    furnish()
    model = ROOMS[label]
    for query in ({}, {"project": scene.project.pk}):
        page = captain.get(address(model, "add", **query))
        if page.status_code == 200 and "adminform" in page.context:
            answer = captain.post(address(model, "add", **query), typed(page.context["adminform"].form), follow=True)
            assert answer.status_code == 200 and RAW not in answer.content.decode()
    row = model._default_manager.first()
    assert row is not None
    settings = reverse("admin:accounts_project_configuration", args=[row.pk]) if label == "accounts.Project" else ""
    place = settings or address(model, "change", row.pk)
    page = captain.get(place)
    if page.status_code == 200 and page.context and "adminform" in page.context:
        answer = captain.post(place, typed(page.context["adminform"].form), follow=True)
        assert answer.status_code in (200, 403) and RAW not in answer.content.decode()
    for shown in (address(model, "changelist"), address(model, "changelist", q=HARM)):
        assert RAW not in captain.page(shown)


def test_neither_do_the_pages_that_are_no_rooms(scene: Scene, captain: Visitor) -> None:
    for path in ("/admin/profile/", reverse("admin:accounts_configurationvalue_changelist")):
        form = captain.get(path).context["form"]
        answer = captain.post(path, typed(form), follow=True)
        assert answer.status_code == 200 and RAW not in answer.content.decode()
    assert RAW not in captain.page("/admin/")
    assert RAW not in captain.page(reverse("admin:search", query={"s": HARM}))
