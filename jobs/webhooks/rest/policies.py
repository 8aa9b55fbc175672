"""Webhooks themselves: listing, making, changing, removing, trying out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.fields import Flag, Text
from accounts.rest.filters import Field, filtered, number, ordered, time
from accounts.rest.operations import FILTER, SORT, Operation, creation, listing
from accounts.rest.parameters import flag
from jobs.models import WebhookPolicy
from jobs.webhooks.rest.base import WebhookView
from jobs.webhooks.selectors import last_triggers
from jobs.webhooks.services import create_webhook, delete_webhook, send_test, update_webhook
from jobs.webhooks.targets import MASK, Target, read_targets
from jobs.webhooks.words import EVENT_TYPES, HTTP, TARGETS, Format

FIELDS = {
    "id": Field("pk", number),
    "name": Field("name"),
    "description": Field("description"),
    "enabled": Field("enabled", flag),
    "creator": Field("creator"),
    "creation_time": Field("creation_time", time),
    "update_time": Field("update_time", time),
}


class WebhookTargetObjectBody(serializers.Serializer[Any]):
    """`auth_header` as `*****` leaves the one that the address has already."""

    type = Text()
    address = Text()
    auth_header = Text(required=False, default="")
    skip_cert_verify = Flag(required=False, default=False)
    payload_format = Text(required=False, default="")


class WebhookPolicyBody(serializers.Serializer[Any]):
    name = Text(required=False, default="")
    description = Text(required=False, default="")
    enabled = Flag(required=False, default=False)
    event_types = serializers.ListField(child=Text(), required=False, default=list)
    targets = WebhookTargetObjectBody(many=True, required=False, default=list)


class WebhookExtrasBody(serializers.Serializer[Any]):
    """What is not given stays; an empty secret ends the signing."""

    repository_pattern = Text(required=False)
    tag_pattern = Text(required=False)
    secret = Text(required=False)


class WebhookTargetObjectShown(TypedDict):
    """`auth_header` is `*****` where there is one."""

    type: str
    address: str
    skip_cert_verify: bool
    auth_header: NotRequired[str]
    payload_format: NotRequired[str]


class WebhookPolicyShown(TypedDict):
    id: int
    name: str
    description: str
    project_id: int
    enabled: bool
    event_types: list[str]
    targets: list[WebhookTargetObjectShown]
    creator: str
    creation_time: datetime
    update_time: datetime


class WebhookExtrasShown(TypedDict):
    """Patterns are doublestar, that of repositories without the project's name; empty, everything fits. `is_signed`
    where there is a secret."""

    repository_pattern: str
    tag_pattern: str
    is_signed: bool


class WebhookTestShown(TypedDict):
    """One execution for each target."""

    execution_ids: list[int]


class WebhookLastTriggerShown(TypedDict):
    policy_name: str
    event_type: str
    enabled: bool
    creation_time: datetime
    last_trigger_time: NotRequired[datetime]


class PayloadFormatShown(TypedDict):
    notify_type: str
    formats: list[str]


class SupportedWebhookEventTypesShown(TypedDict):
    event_type: list[str]
    notify_type: list[str]
    payload_formats: list[PayloadFormatShown]


def show(policy: WebhookPolicy) -> WebhookPolicyShown:
    return {
        "id": policy.pk,
        "name": policy.name,
        "description": policy.description,
        "project_id": policy.project_id,
        "enabled": policy.enabled,
        "event_types": policy.event_types,
        "targets": [show_target(target) for target in read_targets(policy.targets)],
        "creator": policy.creator,
        "creation_time": policy.creation_time,
        "update_time": policy.update_time,
    }


def show_target(target: Target) -> WebhookTargetObjectShown:
    shown: WebhookTargetObjectShown = {
        "type": target.kind,
        "address": target.address,
        "skip_cert_verify": target.skip_cert_verify,
    }
    if target.auth_header:
        shown["auth_header"] = MASK
    if target.kind == HTTP:
        shown["payload_format"] = target.payload_format
    return shown


def read(body: dict[str, Any]) -> dict[str, Any]:
    """What a service takes of a body."""
    targets = [
        Target(
            kind=each["type"],
            address=each["address"],
            auth_header=each["auth_header"],
            skip_cert_verify=each["skip_cert_verify"],
            payload_format=each["payload_format"],
        )
        for each in body["targets"]
    ]
    return {**body, "targets": targets}


class WebhooksView(WebhookView):
    takes = {"POST": WebhookPolicyBody}
    operations = {
        "GET": listing("ListWebhookPoliciesOfProject", WebhookPolicyShown, FILTER, SORT),
        "POST": creation("CreateWebhookPolicyOfProject"),
    }

    def get(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project_of_webhooks(project_name_or_id, "list")
        query = request.query_params
        rows = filtered(WebhookPolicy.objects.filter(project=project), query.get("q", ""), FIELDS)
        return self.page_of(ordered(rows, query.get("sort", ""), FIELDS, ("-creation_time",)), show)

    def post(self, request: Request, project_name_or_id: str) -> Response:
        project = self.project_of_webhooks(project_name_or_id, "create")
        return self.created(create_webhook(actor=self.actor, project=project, **read(self.body())).pk)


class OneWebhookView(WebhookView):
    takes = {"PUT": WebhookPolicyBody}
    operations = {
        "GET": Operation("GetWebhookPolicyOfProject", WebhookPolicyShown),
        "PUT": Operation("UpdateWebhookPolicyOfProject"),
        "DELETE": Operation("DeleteWebhookPolicyOfProject"),
    }

    def get(self, request: Request, project_name_or_id: str, webhook_policy_id: str) -> Response:
        return Response(show(self.webhook(project_name_or_id, webhook_policy_id, "read")))

    def put(self, request: Request, project_name_or_id: str, webhook_policy_id: str) -> Response:
        policy = self.webhook(project_name_or_id, webhook_policy_id, "update")
        update_webhook(actor=self.actor, policy=policy, **read(self.body()))
        return Response()

    def delete(self, request: Request, project_name_or_id: str, webhook_policy_id: str) -> Response:
        delete_webhook(actor=self.actor, policy=self.webhook(project_name_or_id, webhook_policy_id, "delete"))
        return Response()


class WebhookExtrasView(WebhookView):
    """What Harbor has no place for: filters, and the secret that messages are signed with."""

    takes = {"PUT": WebhookExtrasBody}
    operations = {
        "GET": Operation("getWebhookExtras", WebhookExtrasShown),
        "PUT": Operation("setWebhookExtras"),
    }

    def get(self, request: Request, project_name_or_id: str, webhook_policy_id: str) -> Response:
        policy = self.webhook(project_name_or_id, webhook_policy_id, "read")
        shown: WebhookExtrasShown = {
            "repository_pattern": policy.repository_pattern,
            "tag_pattern": policy.tag_pattern,
            "is_signed": bool(policy.secret),
        }
        return Response(shown)

    def put(self, request: Request, project_name_or_id: str, webhook_policy_id: str) -> Response:
        policy = self.webhook(project_name_or_id, webhook_policy_id, "update")
        update_webhook(actor=self.actor, policy=policy, **self.body())
        return Response()


class WebhookTestView(WebhookView):
    """Sends each target a message as of a push. Harbor has no place for this."""

    operations = {"POST": Operation("testWebhook", WebhookTestShown)}

    def post(self, request: Request, project_name_or_id: str, webhook_policy_id: str) -> Response:
        policy = self.webhook(project_name_or_id, webhook_policy_id, "update")
        shown: WebhookTestShown = {"execution_ids": [each.pk for each in send_test(actor=self.actor, policy=policy)]}
        return Response(shown)


class LastTriggerView(WebhookView):
    operations = {"GET": Operation("LastTrigger", list[WebhookLastTriggerShown])}

    def get(self, request: Request, project_name_or_id: str) -> Response:
        """Each event of each webhook, with the last time that it was told of, as far as that is kept."""
        project = self.project_of_webhooks(project_name_or_id, "read")
        policies = list(WebhookPolicy.objects.filter(project=project).order_by("-creation_time", "-pk"))
        last = last_triggers(policies)
        shown: list[WebhookLastTriggerShown] = []
        for policy in policies:
            for event_type in policy.event_types:
                line: WebhookLastTriggerShown = {
                    "policy_name": policy.name,
                    "event_type": event_type,
                    "enabled": policy.enabled,
                    "creation_time": policy.creation_time,
                }
                if (policy.pk, event_type) in last:
                    line["last_trigger_time"] = last[policy.pk, event_type]
                shown.append(line)
        return Response(shown)


class EventTypesView(WebhookView):
    operations = {"GET": Operation("GetSupportedEventTypes", SupportedWebhookEventTypesShown)}

    def get(self, request: Request, project_name_or_id: str) -> Response:
        self.project_of_webhooks(project_name_or_id, "read")
        shown: SupportedWebhookEventTypesShown = {
            "event_type": list(EVENT_TYPES),
            "notify_type": list(TARGETS),
            "payload_formats": [{"notify_type": HTTP, "formats": sorted(Format)}],
        }
        return Response(shown)
