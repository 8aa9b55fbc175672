"""What a service refuses stands beside the field that it is about, what was typed stays, and nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import Model
from django.urls import reverse

from accounts.models import PersonalToken, Project, Robot
from jobs.models import ReplicationPolicy, RetentionPolicy, WebhookPolicy
from registry_api.models import ImmutableRule, Label, Registry, Repository
from tests.console.conftest import Scene, Visitor
from tests.console.rooms import MAKERS, as_sent, form_address

# What is typed into the form of a row, and where it is refused.
CHANGES: list[tuple[type[Model], dict[str, Any], str]] = [
    (Registry, {"url": "https://another.example.com"}, "secret"),
    (Registry, {"url": "nonsense"}, "url"),
    (ReplicationPolicy, {"name": "night\u200bly"}, "name"),
    (ReplicationPolicy, {"name_filter": "{a"}, "name_filter"),
    (ReplicationPolicy, {"tag_filter": "[a"}, "tag_filter"),
    (ReplicationPolicy, {"label_filter": "\n".join(f"label-{number}" for number in range(51))}, "label_filter"),
    (ReplicationPolicy, {"trigger": "scheduled", "cron": "0 * * * * *"}, "cron"),
    (RetentionPolicy, {"schedule": "other", "cron": "at noon"}, "cron"),
    (WebhookPolicy, {"tag_pattern": "["}, "tag_pattern"),
    (Robot, {"repository_patterns": "another/*"}, "repository_patterns"),
    (ImmutableRule, {"repository_pattern": "{"}, "repository_pattern"),
    (Label, {"name": "x" * 200}, "name"),
    (Repository, {"description": "x" * 70_000}, "description"),
    (Project, {"visibility": "secret"}, "visibility"),
]
# What is typed into the form of a new one.
ROBOT = {"name": "printer", "duration": "7", "in_projects": ["repository:pull"], "projects": ""}
ADDS: list[tuple[type[Model], dict[str, Any], str]] = [
    (Robot, {**ROBOT, "projects": "n0where"}, "projects"),
    (Robot, {**ROBOT, "in_projects": []}, "in_projects"),
    (PersonalToken, {**ROBOT, "projects": "n0where"}, "projects"),
    (PersonalToken, {**ROBOT, "in_projects": []}, "in_projects"),
]


def require_told(answer: Any, field: str, typed: dict[str, Any]) -> None:
    assert answer.status_code == 200
    form = answer.context["adminform"].form
    assert list(form.errors) == [field], form.errors
    shown = as_sent(form)
    assert {name: shown.get(name, []) for name in typed} == typed


def named(case: Any) -> str:
    return case.__name__ if isinstance(case, type) else ""


@pytest.mark.parametrize(("model", "typed", "field"), CHANGES, ids=named)
def test_of_a_change(scene: Scene, captain: Visitor, model: type[Model], typed: dict[str, Any], field: str) -> None:
    row = MAKERS[model](scene)
    before = model._default_manager.filter(pk=row.pk).values().get()
    address = form_address(row)
    sent = as_sent(captain.get(address).context["adminform"].form)
    require_told(captain.post(address, {**sent, **typed}), field, typed)
    assert model._default_manager.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize(("model", "typed", "field"), ADDS, ids=named)
def test_of_a_new_one(captain: Visitor, model: type[Model], typed: dict[str, Any], field: str) -> None:
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    require_told(captain.post(address, typed), field, typed)
    assert not model._default_manager.exists()


def test_what_is_for_administrators_is_refused_where_it_was_ticked(scene: Scene) -> None:
    """By a form that was never shown to somebody who is none."""
    guest = scene.visitor("guest")
    answer = guest.post(reverse("admin:accounts_personaltoken_add"), {**ROBOT, "on_system": ["user:list"]})
    form = answer.context["adminform"]
    assert list(form.form.errors) == ["on_system"] and "on_system" in flatten_fieldsets(form.fieldsets)
    assert not PersonalToken.objects.exists()
