"""Rules of immutable tags over the REST API (Harbor's tag ``immutable``)."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actors import SYSTEM
from accounts.errors import NotFound
from accounts.models import Project
from audit.models import AuditLog
from registry_api.models import ImmutableRule
from registry_api.services.immutable_rules import delete_immutable_rule, save_immutable_rule
from tests.rest.conftest import Caller, by_rank
from tests.support.people import People


def rule(tags: str = "v*", repositories: str = "**", **more: Any) -> dict[str, Any]:
    return {
        "action": "immutable",
        "template": "immutable_template",
        "disabled": False,
        "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": tags}],
        "scope_selectors": {
            "repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": repositories}]
        },
        **more,
    }


def test_making_listing_changing_and_deleting_one(owner: Caller, project: Project) -> None:
    rules = f"/projects/{project.name}/immutabletagrules"
    path = owner.post(rules, rule()).expect(201).headers["Location"].removeprefix("/api/v2.0")
    rule_id = int(path.rpartition("/")[2])
    assert owner.get(rules).expect(200).json == [{**rule(), "id": rule_id, "priority": 0, "params": {}}]
    changed = rule("latest", "app-*", disabled=True)
    changed["tag_selectors"][0]["decoration"] = "excludes"
    changed["scope_selectors"]["repository"][0]["decoration"] = "repoExcludes"
    owner.put(path, changed).expect(200)
    assert owner.get(rules).json == [{**changed, "id": rule_id, "priority": 0, "params": {}}]
    owner.delete(path).expect(200)
    assert owner.get(rules).json == []
    owner.delete(path).expect(404)
    owner.put(path, changed).expect(404)


def test_the_same_one_twice(owner: Caller, project: Project) -> None:
    rules = f"/projects/{project.name}/immutabletagrules"
    owner.post(rules, rule()).expect(201)
    assert owner.post(rules, rule()).status == 409
    other = owner.post(rules, rule("w*")).headers["Location"].removeprefix("/api/v2.0")
    assert owner.put(other, rule()).status == 409
    assert sorted(ImmutableRule.objects.values_list("tag_pattern", flat=True)) == ["v*", "w*"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"tag_selectors": ...}, 422),
        ({"tag_selectors": []}, 400),
        ({"tag_selectors": "v*"}, 422),
        ({"tag_selectors": [{"decoration": "matches", "pattern": "a"}] * 2}, 400),
        ({"tag_selectors": [{"decoration": "is", "pattern": "a"}]}, 400),
        ({"tag_selectors": [{"decoration": "matches", "pattern": "a" * 256}]}, 400),
        ({"tag_selectors": [{"decoration": "matches", "pattern": "{a"}]}, 400),
        ({"tag_selectors": [{"decoration": "matches", "pattern": "a\0"}]}, 422),
        ({"tag_selectors": [{"decoration": "matches", "pattern": 5}]}, 422),
        ({"tag_selectors": [{"kind": "regex", "decoration": "matches", "pattern": "a"}]}, 400),
        ({"scope_selectors": ...}, 422),
        ({"scope_selectors": {}}, 422),
        ({"scope_selectors": {"repository": [{"decoration": "matches", "pattern": "a"}]}}, 400),
        ({"disabled": "no"}, 422),
    ],
    ids=str,
)
def test_a_bad_one_is_refused(owner: Caller, project: Project, change: dict[str, Any], status: int) -> None:
    body = {key: value for key, value in rule(**change).items() if value is not ...}
    owner.post(f"/projects/{project.name}/immutabletagrules", body).expect(status)
    assert not ImmutableRule.objects.exists()


def test_one_of_another_project_is_not_found(owner: Caller, project: Project, people: People, admin: Caller) -> None:
    foreign = people.new_project()
    path = admin.post(f"/projects/{foreign.name}/immutabletagrules", rule()).expect(201).headers["Location"]
    number = path.rpartition("/")[2]
    owner.delete(f"/projects/{project.name}/immutabletagrules/{number}").expect(404)
    owner.delete(f"/projects/{foreign.name}/immutabletagrules/{number}").expect(403)
    owner.put(f"/projects/{project.name}/immutabletagrules/x", rule()).expect(422)
    assert ImmutableRule.objects.count() == 1


def test_one_that_went_away_meanwhile_stays_away(project: Project) -> None:
    rule = save_immutable_rule(actor=SYSTEM, rule=ImmutableRule(project=project, tag_pattern="v*"))
    late = ImmutableRule.objects.get(pk=rule.pk)
    delete_immutable_rule(actor=SYSTEM, rule=rule)
    late.tag_pattern = "w*"
    with pytest.raises(NotFound):
        save_immutable_rule(actor=SYSTEM, rule=late)
    with pytest.raises(NotFound):
        delete_immutable_rule(actor=SYSTEM, rule=late)
    assert not ImmutableRule.objects.exists()
    records = AuditLog.objects.filter(resource_type="immutable_rule").order_by("pk")
    assert list(records.values_list("operation", flat=True)) == ["create_immutable_rule", "delete_immutable_rule"]


def test_the_record_has_what_was_and_what_is(owner: Caller, project: Project) -> None:
    rules = f"/projects/{project.name}/immutabletagrules"
    path = owner.post(rules, rule()).headers["Location"].removeprefix("/api/v2.0")
    for _ in range(2):
        owner.put(path, rule("w*")).expect(200)
    detail = AuditLog.objects.get(operation="update_immutable_rule").detail
    assert detail == {"before": {"tag_pattern": "v*"}, "after": {"tag_pattern": "w*"}}


def test_who_may(people: People, nobody: Caller, user: Caller, admin: Caller, project: Project) -> None:
    rules = f"/projects/{project.name}/immutabletagrules"
    path = admin.post(rules, rule()).headers["Location"].removeprefix("/api/v2.0")
    ranks = by_rank(people, project, nobody, user)
    for caller, status in zip(
        ranks,
        (401, 403, 403, 403, 403, 200, 200),
        strict=True,
    ):
        caller.get(rules).expect(status)
        caller.put(path, rule("w*")).expect(status)
        if status != 200:
            caller.post(rules, rule("x*")).expect(status)
            caller.delete(path).expect(status)
