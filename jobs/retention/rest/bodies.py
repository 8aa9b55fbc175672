"""Policies as clients send and read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from rest_framework import serializers

from accounts.errors import BadRequest
from accounts.rest.fields import Flag, Text, Whole
from jobs.framework.schedules import schedule_of
from jobs.models import RetentionPolicy
from jobs.retention.engine.policy import Algorithm
from jobs.retention.kind import KIND

PROJECT, SCHEDULE = "project", "Schedule"


class RetentionSelectorBody(serializers.Serializer[Any]):
    kind = Text(required=False, default="")
    decoration = Text()
    pattern = Text()
    extras = Text(required=False, default="", allow_null=True)


class RetentionScopesBody(serializers.Serializer[Any]):
    repository = RetentionSelectorBody(many=True)


class RetentionRuleBody(serializers.Serializer[Any]):
    """`action` is `retain` for whole artifacts, and `retain_tag` for tags one by one."""

    id = Whole(required=False, default=0)
    priority = Whole(required=False, default=0)
    disabled = Flag(required=False, default=False)
    action = Text(required=False, default="")
    template = Text()
    params = serializers.DictField(required=False, allow_null=True, default=dict)
    tag_selectors = RetentionSelectorBody(many=True)
    scope_selectors = RetentionScopesBody()


class RetentionSettingsBody(serializers.Serializer[Any]):
    cron = Text(required=False, default="", allow_null=True)


class RetentionTriggerBody(serializers.Serializer[Any]):
    kind = Text(required=False, default="")
    settings = RetentionSettingsBody(required=False, allow_null=True)


class RetentionScopeBody(serializers.Serializer[Any]):
    level = Text(required=False, default=PROJECT)
    ref = Whole(required=False, default=0)


class RetentionPolicyBody(serializers.Serializer[Any]):
    algorithm = Text(required=False, default=Algorithm.OR.value)
    rules: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=RetentionRuleBody(), required=False, allow_null=True
    )
    trigger = RetentionTriggerBody(required=False, allow_null=True)
    scope = RetentionScopeBody(required=False, allow_null=True)


class RetentionSelectorShown(TypedDict):
    kind: str
    decoration: str
    pattern: str
    extras: str


class RetentionRuleShown(TypedDict):
    id: int
    priority: int
    disabled: bool
    action: str
    template: str
    params: dict[str, int]
    tag_selectors: list[RetentionSelectorShown]
    scope_selectors: dict[str, list[RetentionSelectorShown]]


class RetentionTriggerShown(TypedDict):
    """`settings` has the `cron`, empty where it runs by hand only, and `next_scheduled_time`."""

    kind: str
    settings: dict[str, Any]
    references: dict[str, Any]


class RetentionScopeShown(TypedDict):
    level: str
    ref: int


class RetentionPolicyShown(TypedDict):
    id: int
    algorithm: str
    rules: list[RetentionRuleShown]
    trigger: RetentionTriggerShown
    scope: RetentionScopeShown


def show_policy(policy: RetentionPolicy) -> RetentionPolicyShown:
    schedule = schedule_of(KIND, policy.pk)
    settings: dict[str, Any] = {"cron": schedule.cron if schedule else ""}
    if schedule and not schedule.paused:
        settings["next_scheduled_time"] = schedule.next_run_at
    return {
        "id": policy.pk,
        "algorithm": policy.algorithm,
        "rules": policy.rules,
        "trigger": {"kind": SCHEDULE, "settings": settings, "references": {}},
        "scope": {"level": PROJECT, "ref": policy.project_id},
    }


def contents(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the services take, out of a body. Raises BadRequest."""
    trigger = given.get("trigger") or {}
    if trigger.get("kind") not in (None, "", SCHEDULE):
        raise BadRequest(f"the kind of the trigger is {SCHEDULE}, with an empty cron for none", field="trigger")
    return {
        "algorithm": given["algorithm"],
        "rules": given.get("rules") or [],
        "cron": (trigger.get("settings") or {}).get("cron") or "",
    }


def project_number(given: Mapping[str, Any]) -> int:
    """The id of the project that a body is about, 0 where it does not say. Raises BadRequest."""
    scope = given.get("scope") or {"level": PROJECT, "ref": 0}
    if scope["level"] != PROJECT:
        raise BadRequest(f"the level of the scope is {PROJECT}", field="scope")
    return int(scope["ref"])
