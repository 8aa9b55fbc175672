"""Policies of replication over REST, as Harbor's clients make and read them."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.models import ReplicationPolicy, Schedule
from registry_api.events.kinds import ArtifactDeleted, ArtifactPushed
from registry_api.models import EventSubscription, Registry
from tests.rest.conftest import Caller

POLICIES = "/replication/policies"


@pytest.fixture
def registry(db: None) -> Registry:
    return Registry.objects.create(
        name="elsewhere", type="harbor", url="https://elsewhere.example.com", access_key="me", access_secret="a-secret"
    )


@pytest.fixture
def pushing(registry: Registry) -> dict[str, Any]:
    """The least that a policy must say."""
    return {"name": "copy", "dest_registry": {"id": registry.pk}, "enabled": True}


def made(admin: Caller, policy: dict[str, Any]) -> str:
    """Its path."""
    return admin.post(POLICIES, policy).expect(201).headers["Location"].removeprefix("/api/v2.0")


def test_all_of_it_comes_back(admin: Caller, registry: Registry) -> None:
    given = {
        "name": "copy",
        "description": "what it is for",
        "src_registry": {"id": registry.pk},
        "dest_registry": None,
        "dest_namespace": "team/copies",
        "dest_namespace_replace_count": 1,
        "trigger": {"type": "scheduled", "trigger_settings": {"cron": "0 15 3 * * *"}},
        "filters": [
            {"type": "name", "value": "library/**"},
            {"type": "tag", "value": "v*", "decoration": "excludes"},
            {"type": "label", "value": ["good"], "decoration": "matches"},
            {"type": "resource", "value": "image"},
        ],
        "replicate_deletion": True,
        "override": True,
        "enabled": True,
        "speed": 1000,
        "copy_by_chunk": True,
        "single_active_replication": True,
    }
    found = admin.get(made(admin, given)).expect(200).json
    same = given.keys() - {"src_registry", "dest_registry"}
    assert {name: found[name] for name in same} == {name: given[name] for name in same}
    assert (found["src_registry"]["id"], found["src_registry"]["name"]) == (registry.pk, "elsewhere")
    assert (found["dest_registry"]["id"], found["deletion"]) == (0, True)
    assert ReplicationPolicy.objects.get().creator == admin.name
    assert Schedule.objects.get(kind="REPLICATION", subject_id=found["id"]).cron == "0 15 3 * * *"


def test_names_may_be_left_out(admin: Caller, pushing: dict[str, Any]) -> None:
    filters = [{"type": "name", "value": "library/**", "decoration": "excludes"}]
    assert admin.get(made(admin, {**pushing, "filters": filters})).expect(200).json["filters"] == filters


def test_no_secret_is_shown(admin: Caller, pushing: dict[str, Any]) -> None:
    path = made(admin, pushing)
    for answer in (admin.get(path), admin.get(POLICIES)):
        assert b"a-secret" not in answer.expect(200).body


def test_what_is_not_said_is_as_in_harbor(admin: Caller, pushing: dict[str, Any]) -> None:
    found = admin.get(made(admin, {**pushing, "speed": -1})).expect(200).json
    assert found["trigger"] == {"type": "manual", "trigger_settings": {"cron": ""}}
    assert (found["filters"], found["dest_namespace_replace_count"], found["speed"]) == ([], -1, 0)
    assert not (found["override"] or found["replicate_deletion"] or found["copy_by_chunk"])


def test_an_older_word_for_deletion(admin: Caller, pushing: dict[str, Any]) -> None:
    assert admin.get(made(admin, {**pushing, "deletion": True})).expect(200).json["replicate_deletion"]


def test_a_change_replaces_everything(admin: Caller, pushing: dict[str, Any]) -> None:
    path = made(admin, {**pushing, "trigger": {"type": "scheduled", "trigger_settings": {"cron": "0 0 * * * *"}}})
    admin.put(path, {**pushing, "name": "other", "enabled": False}).expect(200)
    found = admin.get(path).expect(200).json
    assert (found["name"], found["enabled"], found["trigger"]["type"]) == ("other", False, "manual")
    assert not Schedule.objects.exists()


def test_a_disabled_policy_has_no_schedule(admin: Caller, pushing: dict[str, Any]) -> None:
    trigger = {"type": "scheduled", "trigger_settings": {"cron": "0 0 * * * *"}}
    path = made(admin, {**pushing, "trigger": trigger, "enabled": False})
    assert not Schedule.objects.exists()
    admin.put(path, {**pushing, "trigger": trigger}).expect(200)
    assert Schedule.objects.count() == 1
    admin.delete(path).expect(200)
    assert not Schedule.objects.exists()


def test_events_are_listened_to_while_the_policy_is_on(admin: Caller, pushing: dict[str, Any]) -> None:
    path = made(admin, {**pushing, "trigger": {"type": "event_based"}})
    heard = EventSubscription.objects.values_list("event", flat=True)
    assert set(heard) == {ArtifactPushed.name(), "TagCreated"}
    admin.put(path, {**pushing, "trigger": {"type": "event_based"}, "replicate_deletion": True}).expect(200)
    assert ArtifactDeleted.name() in set(heard.all())
    admin.put(path, pushing).expect(200)
    assert not heard.all().exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": " x"},
        {"name": "x" * 257},
        {"dest_registry": None},
        {"dest_registry": {"id": 987654}},
        {"src_registry": {"id": "same"}},
        {"dest_namespace": "Upper"},
        {"dest_namespace_replace_count": -2},
        {"trigger": {"type": "sometimes"}},
        {"trigger": {"type": "scheduled"}},
        {"trigger": {"type": "scheduled", "trigger_settings": {"cron": "0 * * * * *"}}},
        {"trigger": {"type": "scheduled", "trigger_settings": {"cron": "5 0 * * * *"}}},
        {"trigger": {"type": "scheduled", "trigger_settings": {"cron": "not at all"}}},
        {"trigger": {"type": "event_based"}, "single_active_replication": True},
        {"filters": [{"type": "name", "value": "{a"}]},
        {"filters": [{"type": "planet", "value": "mars"}]},
        {"speed": 2**31},
        {"description": "x" * 1025},
    ],
    ids=lambda wrong: str(wrong)[:60],
)
def test_bad_policies_change_nothing(admin: Caller, registry: Registry, pushing: dict[str, Any], wrong: Any) -> None:
    if wrong.get("src_registry"):
        wrong = {"src_registry": {"id": registry.pk}}
    path = made(admin, {**pushing, "name": "there"})
    before = admin.get(path).json
    admin.post(POLICIES, {**pushing, **wrong}).expect(400)
    admin.put(path, {**pushing, **wrong}).expect(400)
    assert admin.get(path).json == before
    assert ReplicationPolicy.objects.count() == 1


def test_events_begin_only_what_copies_from_here(admin: Caller, registry: Registry) -> None:
    policy = {"name": "pull", "src_registry": {"id": registry.pk}, "trigger": {"type": "event_based"}}
    admin.post(POLICIES, policy).expect(400)


@pytest.mark.parametrize("wrong", [{"enabled": "yes"}, {"filters": {}}, {"speed": "fast"}, {"dest_registry": 1}])
def test_other_types_are_refused(admin: Caller, pushing: dict[str, Any], wrong: dict[str, Any]) -> None:
    admin.post(POLICIES, {**pushing, **wrong}).expect(422)


def test_a_name_is_taken_once(admin: Caller, pushing: dict[str, Any]) -> None:
    made(admin, pushing)
    admin.post(POLICIES, pushing).expect(409)
    other = made(admin, {**pushing, "name": "other"})
    admin.put(other, pushing).expect(409)


def test_lists(admin: Caller, pushing: dict[str, Any]) -> None:
    for number in range(3):
        made(admin, {**pushing, "name": f"copy-{number}"})
    made(admin, {**pushing, "name": "other", "enabled": False})
    answer = admin.get(f"{POLICIES}?page_size=2").expect(200)
    assert answer.headers["X-Total-Count"] == "4"
    assert [each["name"] for each in answer.json] == ["other", "copy-2"]
    assert [each["name"] for each in admin.get(f"{POLICIES}?name=py-1").json] == ["copy-1"]
    assert [each["name"] for each in admin.get(f"{POLICIES}?q=enabled%3Dfalse").json] == ["other"]
    assert [each["name"] for each in admin.get(f"{POLICIES}?sort=name&page_size=1").json] == ["copy-0"]


def test_what_is_not_there(admin: Caller) -> None:
    admin.get(f"{POLICIES}/987654").expect(404)
    admin.put(f"{POLICIES}/987654", {}).expect(404)
    admin.delete(f"{POLICIES}/987654").expect(404)
    admin.get(f"{POLICIES}/one").expect(422)


def test_a_registry_that_a_policy_names_is_kept(admin: Caller, registry: Registry, pushing: dict[str, Any]) -> None:
    path = made(admin, pushing)
    assert "copy" in admin.delete(f"/registries/{registry.pk}").expect(412).message
    admin.delete(path).expect(200)
    admin.delete(f"/registries/{registry.pk}").expect(200)
