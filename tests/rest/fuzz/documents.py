"""Whole bodies after the contract's definitions, with values that exist where there are some."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.rest.contract import CONTRACT, Operation
from tests.rest.fuzz.scene import Known

DEEPEST = 6
Place = tuple[str | int, ...]

# What a field of a definition, or all of them, may say, where the type does not tell.
GOOD: dict[str, tuple[Any, ...]] = {
    ".auto_scan": ("true", "false"),
    ".severity": ("low",),
    "Access.action": ("pull", "push"),
    "Access.effect": ("allow",),
    "Access.resource": ("repository",),
    "ActionRequest.action": ("stop", "pause", "resume"),
    "Configurations.auth_mode": ("db_auth",),
    "Configurations.disabled_audit_log_event_types": ("pull_artifact", ""),
    "Configurations.ldap_url": ("ldaps://directory.example.com",),
    "Configurations.project_creation_restriction": ("everyone", "adminonly"),
    "Configurations.robot_name_prefix": ("robot$", "bot+"),
    "ImmutableSelector.decoration": ("matches", "excludes", "repoMatches", "repoExcludes"),
    "ImmutableSelector.kind": ("doublestar",),
    "ImmutableSelector.pattern": ("**", "release-*"),
    "Label.color": ("#0065AB",),
    "Label.scope": ("g", "p"),
    "PasswordReq.new_password": ("Correct-horse-2",),
    "ProjectMember.member_group": (None,),
    "ProjectMetadata": ("true", "false"),
    "ProjectMetadata.proxy_speed_kb": ("-1", "100"),
    "ProjectMetadata.max_upstream_conn": ("-1", "100"),
    "ProjectMetadata.severity": ("low", "critical"),
    "ProjectReq.project_name": ("brand-new",),
    "ProjectReq.registry_id": (None, 0),
    "ProjectReq.storage_limit": (-1, 10**9),
    "Robot.name": ("",),
    "RobotCreate.duration": (-1, 30),
    "RobotPermission.kind": ("project",),
    "Registry.type": ("docker-registry", "harbor"),
    "Registry.url": ("http://127.0.0.1:9",),
    "RegistryCredential.type": ("basic",),
    "RegistryPing.credential_type": ("basic",),
    "RegistryPing.type": ("docker-registry", "harbor"),
    "RegistryPing.url": ("http://127.0.0.1:9",),
    "RegistryUpdate.ca_certificate": ("",),
    "RegistryUpdate.credential_type": ("basic",),
    "RegistryUpdate.url": ("http://127.0.0.1:9",),
    "ReplicationFilter.type": ("name", "tag"),
    "ReplicationFilter.value": ("team/**", "v*"),
    "ReplicationFilter.decoration": ("matches",),
    "ReplicationPolicy.dest_namespace_replace_count": (-1, 1),
    "ReplicationPolicy.dest_registry": (None,),
    "ReplicationPolicy.name": ("copies",),
    "ReplicationTrigger.trigger_settings": (None, {}),
    "ReplicationTrigger.type": ("manual",),
    "RetentionPolicyScope.level": ("project",),
    "RetentionPolicy.algorithm": ("or",),
    "RetentionRule.action": ("retain",),
    "RetentionRule.params": ({"latestPushedK": 3},),
    "RetentionRule.template": ("latestPushedK",),
    "RetentionRuleTrigger.kind": ("Schedule",),
    "RetentionRuleTrigger.settings": ({"cron": ""}, {"cron": "0 0 0 * * *"}),
    "RetentionSelector.decoration": ("matches", "repoMatches"),
    "RetentionSelector.extras": ("", '{"untagged": true}'),
    "RetentionSelector.kind": ("doublestar",),
    "RetentionSelector.pattern": ("**", "release-*"),
    "RobotSec.secret": ("Correct-horse-2", ""),
    "Schedule.parameters": ({"audit_retention_hour": 24, "include_event_types": "pull_artifact", "dry_run": True},),
    "UserCreationReq.email": ("new@example.com",),
    "UserCreationReq.password": ("Correct-horse-2",),
    "UserCreationReq.username": ("brand-new",),
    "UserGroup.group_type": (3,),
    "UserGroup.ldap_group_dn": ("",),
    "UserProfile.email": ("new@example.com",),
    "WebhookPolicy.event_types": (["PUSH_ARTIFACT"], ["QUOTA_WARNING", "PULL_ARTIFACT"]),
    "WebhookTargetObject.address": ("https://hooks.example.org/b", "hooks.example.org"),
    "WebhookTargetObject.auth_header": ("Bearer of-another-secret", ""),
    "WebhookTargetObject.payload_format": ("Default", "CloudEvents", ""),
    "WebhookTargetObject.type": ("http", "slack"),
}
# The keys of objects that leave them open, by what is below them.
OPEN = {"integer": ("storage",), "string": ("auto_scan", "severity"), "array": ("repository",), "object": ("a",)}
PLAIN: dict[str, tuple[Any, ...]] = {
    "boolean": (True, False),
    "integer": (1, 2, 30),
    "number": (0.5, 7.0),
    "string": ("some-word", "another"),
}


def parameters(operation: Operation, where: str) -> list[Mapping[str, Any]]:
    """Those of an operation in its path, query, header or body."""
    return [each for each in CONTRACT["operations"][operation.name]["parameters"] if each["in"] == where]


def documents(operation: Operation, known: Known) -> st.SearchStrategy[Any]:
    """Bodies that mostly will do, None for an operation without one."""
    return st.integers(0, 2**16).map(lambda seed: document(operation, known, seed))


def document(operation: Operation, known: Known, seed: int) -> Any:
    """All of it out of one number, which is quick."""
    body = parameters(operation, "body")
    return _Filler(Random(seed), known).fill("", "", body[0]["schema"], 0) if body else None


def places(document: Any, above: Place = ()) -> Iterator[Place]:
    """The ways to all values of a document, its own, the empty one, included."""
    yield above
    if isinstance(document, dict):
        for key, value in document.items():
            yield from places(value, (*above, key))
    elif isinstance(document, list):
        for position, value in enumerate(document):
            yield from places(value, (*above, position))


def replaced(document: Any, place: Place, value: Any) -> Any:
    if not place:
        return value
    key, *rest = place
    made = dict(document) if isinstance(document, dict) else list(document)
    made[key] = replaced(made[key], tuple(rest), value)
    return made


class _Filler:
    """``owner`` is the name of the definition that a field is in."""

    def __init__(self, chance: Random, known: Known) -> None:
        self.chance = chance
        self.known = known
        self.left_out = chance.choice((0.0, 0.0, 0.0, 0.3))

    def fill(self, owner: str, name: str, schema: Mapping[str, Any], depth: int) -> Any:
        place = f"{owner}.{name}"
        choices = GOOD.get(place) or self.known.get(place)
        if choices:
            return self.chance.choice(choices)
        if "$ref" in schema:
            owner = schema["$ref"].rpartition("/")[2]
            return self.fill(owner, "", CONTRACT["definitions"][owner], depth)
        kind = schema.get("type", "object")
        if kind == "object":
            return self.fill_object(owner, schema, depth)
        if kind == "array":
            return [self.fill(owner, "", schema["items"], depth + 1)] if depth < DEEPEST else []
        if schema.get("format") == "date-time":
            return "2026-01-02T03:04:05Z"
        return self.chance.choice(GOOD.get(owner) or self.known.get(name) or schema.get("enum") or PLAIN[kind])

    def fill_object(self, owner: str, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        """Mostly with all its fields."""
        fields = {key: each for key, each in schema.get("properties", {}).items() if not each.get("readOnly")}
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict):
            fields[self.chance.choice(OPEN[extra.get("type", "object")])] = extra
        return {
            key: self.fill(owner, key, each, depth + 1)
            for key, each in fields.items()
            if depth < DEEPEST and self.chance.random() >= self.left_out
        }
