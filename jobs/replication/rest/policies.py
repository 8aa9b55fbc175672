"""Harbor's tag ``replication``: the policies."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import BadRequest, NotFound
from accounts.rest.base import RestView
from accounts.rest.fields import Flag, Text, Whole
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.operations import FILTER, SORT, Operation, Parameter, creation, listing
from accounts.rest.parameters import flag, path_number
from jobs.models import ReplicationPolicy
from jobs.replication.announcing import OURS
from jobs.replication.models import PolicyTrigger
from jobs.replication.naming import FLATTEN_ALL
from jobs.replication.services.policies import delete_replication_policy, save_replication_policy
from registry_api.models import Registry
from registry_api.models.registry import Health

FIELDS = {
    "id": Field("pk", number),
    "name": Field("name"),
    "description": Field("description"),
    "creator": Field("creator"),
    "dest_namespace": Field("dest_namespace"),
    "dest_registry_id": Field("dest_registry_id", number),
    "src_registry_id": Field("src_registry_id", number),
    "enabled": Field("enabled", flag),
    "creation_time": Field("creation_time", time),
    "update_time": Field("update_time", time),
}
# What a policy and its body call the same.
PLAIN = (
    *("name", "description", "dest_namespace", "dest_namespace_replace_count", "override", "enabled", "speed"),
    *("copy_by_chunk", "single_active_replication"),
)


class RegistryChoice(serializers.Serializer[Any]):
    """A registry by its id; 0 is this one."""

    id = Whole(required=False, default=0)


class ReplicationTriggerSettingsBody(serializers.Serializer[Any]):
    cron = Text(required=False, default="", allow_null=True)


class ReplicationTriggerBody(serializers.Serializer[Any]):
    type = Text(required=False, default=PolicyTrigger.MANUAL)
    trigger_settings = ReplicationTriggerSettingsBody(required=False, allow_null=True)


class ReplicationFilterBody(serializers.Serializer[Any]):
    """``value`` is a text; that of labels is a list of names."""

    type = Text(required=False, default="")
    value = serializers.JSONField(required=False, default=None, allow_null=True)
    decoration = Text(required=False, default="", allow_null=True)


class ReplicationPolicyBody(serializers.Serializer[Any]):
    """What is not said is off or empty, also in a change (Harbor). ``deletion`` is an older word for
    ``replicate_deletion``."""

    name = Text(required=False, default="")
    description = Text(required=False, default="")
    src_registry = RegistryChoice(required=False, allow_null=True)
    dest_registry = RegistryChoice(required=False, allow_null=True)
    dest_namespace = Text(required=False, default="")
    dest_namespace_replace_count = Whole(required=False, allow_null=True, default=FLATTEN_ALL)
    trigger = ReplicationTriggerBody(required=False, allow_null=True)
    filters: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=ReplicationFilterBody(), required=False, allow_null=True
    )
    replicate_deletion = Flag(required=False, default=False)
    deletion = Flag(required=False, default=False)
    override = Flag(required=False, default=False)
    enabled = Flag(required=False, default=False)
    speed = Whole(required=False, allow_null=True, default=0)
    copy_by_chunk = Flag(required=False, allow_null=True, default=False)
    single_active_replication = Flag(required=False, allow_null=True, default=False)


class ReplicationTriggerSettingsShown(TypedDict):
    cron: str


class ReplicationTriggerShown(TypedDict):
    type: str
    trigger_settings: ReplicationTriggerSettingsShown


class ReplicationFilterShown(TypedDict):
    type: str
    value: Any
    decoration: NotRequired[str]


class ReplicationSideShown(TypedDict):
    id: int
    name: str
    type: str
    url: str
    description: str
    insecure: bool
    status: str


class ReplicationPolicyShown(TypedDict):
    """The registry with the id 0 is this one. ``speed`` is in KB a second for the whole policy, 0 for no limit."""

    id: int
    name: str
    description: str
    src_registry: ReplicationSideShown
    dest_registry: ReplicationSideShown
    dest_namespace: str
    dest_namespace_replace_count: int
    trigger: ReplicationTriggerShown
    filters: list[ReplicationFilterShown]
    replicate_deletion: bool
    deletion: bool
    override: bool
    enabled: bool
    speed: int
    copy_by_chunk: bool
    single_active_replication: bool
    creation_time: datetime
    update_time: datetime


def show(policy: ReplicationPolicy) -> ReplicationPolicyShown:
    return {
        "id": policy.pk,
        "name": policy.name,
        "description": policy.description,
        "src_registry": show_side(policy.src_registry),
        "dest_registry": show_side(policy.dest_registry),
        "dest_namespace": policy.dest_namespace,
        "dest_namespace_replace_count": policy.dest_namespace_replace_count,
        "trigger": {"type": policy.trigger, "trigger_settings": {"cron": policy.cron}},
        "filters": [show_filter(each) for each in policy.filters],
        "replicate_deletion": policy.replicate_deletion,
        "deletion": policy.replicate_deletion,
        "override": policy.override,
        "enabled": policy.enabled,
        "speed": policy.speed,
        "copy_by_chunk": policy.copy_by_chunk,
        "single_active_replication": policy.single_active_replication,
        "creation_time": policy.creation_time,
        "update_time": policy.update_time,
    }


def show_side(registry: Registry | None) -> ReplicationSideShown:
    """None stands for this one. How to sign in there is told with the registry itself."""
    if registry is None:
        ours = settings.EXTERNAL_URL
        return {
            "id": 0, "name": OURS, "type": "harbor", "url": ours, "description": "", "insecure": False,
            "status": Health.HEALTHY,
        }  # fmt: skip
    return {
        "id": registry.pk,
        "name": registry.name,
        "type": registry.type,
        "url": registry.url,
        "description": registry.description,
        "insecure": registry.insecure,
        "status": registry.status,
    }


def show_filter(stored: dict[str, Any]) -> ReplicationFilterShown:
    shown: ReplicationFilterShown = {"type": stored["type"], "value": stored["value"]}
    if "decoration" in stored:
        shown["decoration"] = stored["decoration"]
    return shown


class ReplicationPoliciesView(RestView):
    tag = "replication"
    takes = {"POST": ReplicationPolicyBody}
    operations = {
        "GET": listing(
            "listReplicationPolicies", ReplicationPolicyShown, FILTER, SORT, Parameter("name", "A part of the name.")
        ),
        "POST": creation("createReplicationPolicy"),
    }

    def get(self, request: Request) -> Response:
        self.require("replication-policy", "list")
        query = request.query_params
        rows = filtered(ReplicationPolicy.objects.with_registries(), query.get("q", ""), FIELDS)
        if name := query.get("name"):
            rows = rows.filter(name__icontains=name)
        return self.page_of(ordered(rows, query.get("sort", ""), FIELDS, ("-creation_time",)), show)

    def post(self, request: Request) -> Response:
        self.require("replication-policy", "create")
        policy = filled(ReplicationPolicy(), self.body())
        return self.created(save_replication_policy(actor=self.actor, policy=policy).pk)


class ReplicationPolicyView(RestView):
    tag = "replication"
    takes = {"PUT": ReplicationPolicyBody}
    operations = {
        "GET": Operation("getReplicationPolicy", ReplicationPolicyShown),
        "PUT": Operation("updateReplicationPolicy"),
        "DELETE": Operation("deleteReplicationPolicy", refuses=(412,)),
    }

    def get(self, request: Request, id: str) -> Response:
        return Response(show(self.found(id, "read")))

    def put(self, request: Request, id: str) -> Response:
        save_replication_policy(actor=self.actor, policy=filled(self.found(id, "update"), self.body()))
        return Response()

    def delete(self, request: Request, id: str) -> Response:
        """Refused while it is being carried out."""
        delete_replication_policy(actor=self.actor, policy=self.found(id, "delete"))
        return Response()

    def found(self, text: str, action: str) -> ReplicationPolicy:
        """Raises Unauthenticated, Forbidden, NotFound."""
        wanted = path_number("id", text)
        self.require("replication-policy", action)
        policy = ReplicationPolicy.objects.with_registries().filter(pk=wanted).first()
        if policy is None:
            raise NotFound(f"there is no replication policy {wanted}")
        return policy


def filled(policy: ReplicationPolicy, given: dict[str, Any]) -> ReplicationPolicy:
    """The policy as the body says it, not stored yet. Raises BadRequest."""
    for name in PLAIN:
        setattr(policy, name, given[name])
    policy.dest_namespace_replace_count = _or(policy.dest_namespace_replace_count, FLATTEN_ALL)
    policy.speed = _or(policy.speed, 0)
    policy.copy_by_chunk = bool(policy.copy_by_chunk)
    policy.single_active_replication = bool(policy.single_active_replication)
    policy.replicate_deletion = given["replicate_deletion"] or given["deletion"]
    policy.src_registry = _registry(given.get("src_registry"), "src_registry")
    policy.dest_registry = _registry(given.get("dest_registry"), "dest_registry")
    policy.filters = list(given.get("filters") or [])
    trigger = given.get("trigger") or {}
    policy.trigger = trigger.get("type") or PolicyTrigger.MANUAL
    policy.cron = (trigger.get("trigger_settings") or {}).get("cron") or ""
    return policy


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _registry(given: dict[str, Any] | None, field: str) -> Registry | None:
    """None stands for this one."""
    if not given or not given["id"]:
        return None
    registry = Registry.objects.without_secrets().filter(pk=given["id"]).first()
    if registry is None:
        raise BadRequest(f"there is no registry {given['id']}", field=field)
    return registry
