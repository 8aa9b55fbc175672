"""Rules of immutable tags in the portal."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Project
from audit.models import AuditLog
from registry_api.models import ImmutableRule
from tests.retention.rows import made_project

ADD = "admin:registry_api_immutablerule_add"


@pytest.fixture
def project(db: None) -> Project:
    return made_project()


def filled(tags: str = "v*", **more: Any) -> dict[str, Any]:
    chosen = {"repository_match": "matches", "tag_match": "matches"}
    return {**chosen, "repository_pattern": "**", "tag_pattern": tags, **more}


def page_of(rule: ImmutableRule) -> str:
    return reverse("admin:registry_api_immutablerule_change", args=[rule.pk])


@pytest.fixture
def rule(captain: Client, project: Project) -> ImmutableRule:
    assert captain.post(reverse(ADD), filled(project=project.pk)).status_code == 302
    return ImmutableRule.objects.get()


def test_making_changing_and_deleting_one(captain: Client, rule: ImmutableRule, project: Project) -> None:
    assert (rule.project, rule.tag_pattern, rule.disabled) == (project, "v*", False)
    elsewhere = made_project()
    assert captain.post(page_of(rule), filled("w*", disabled="on", project=elsewhere.pk)).status_code == 302
    rule.refresh_from_db()
    assert (rule.project, rule.tag_pattern, rule.disabled) == (project, "w*", True)
    told = AuditLog.objects.get(operation="update_immutable_rule").detail
    assert told == {
        "before": {"tag_pattern": "v*", "disabled": False},
        "after": {"tag_pattern": "w*", "disabled": True},
    }
    captain.post(reverse("admin:registry_api_immutablerule_delete", args=[rule.pk]), {"post": "yes"})
    assert not ImmutableRule.objects.exists()
    assert AuditLog.objects.get(operation="delete_immutable_rule").detail["before"]["tag_pattern"] == "w*"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"tag_pattern": "{a"}, "An opening brace has no closing one"),
        ({"repository_pattern": "["}, "A set of characters has no closing bracket"),
        ({"tag_pattern": "other"}, "like this one already"),
        ({"tag_pattern": ""}, "This field is required"),
        ({"tag_match": "is"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(
    captain: Client, rule: ImmutableRule, project: Project, wrong: dict[str, str], told: str
) -> None:
    ImmutableRule.objects.create(project=project, tag_pattern="other")
    for address in (reverse(ADD), page_of(rule)):
        page = captain.post(address, {**filled("x*", project=project.pk), **wrong})
        assert page.status_code == 200
        assert told in page.content.decode()
    assert sorted(ImmutableRule.objects.values_list("tag_pattern", flat=True)) == ["other", "v*"]
