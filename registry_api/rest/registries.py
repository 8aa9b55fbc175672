"""Harbor's tag ``registry``: other registries, and what kinds of them there are."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NotRequired, TypedDict

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import NotFound
from accounts.rest.base import RestView
from accounts.rest.fields import Flag, Text, Whole
from accounts.rest.filters import Field, filtered, ordered, time
from accounts.rest.filters import number as whole
from accounts.rest.operations import FILTER, SORT, Operation, Parameter, creation, listing
from accounts.rest.parameters import path_number
from registry_api.models import Registry
from registry_api.remotes.adapters import KINDS, Kind
from registry_api.services.registries import create_registry, delete_registry, update_registry
from registry_api.services.registry_checks import ping_registry
from registry_api.services.registry_drafts import MASK

HARBOR = "harbor"
OURSELVES = 0  # the id that Harbor gives to the installation itself
FIELDS = {
    "id": Field("pk", whole),
    "name": Field("name"),
    "type": Field("type"),
    "url": Field("url"),
    "description": Field("description"),
    "status": Field("status"),
    "creation_time": Field("creation_time", time),
    "update_time": Field("update_time", time),
}


class RegistryCredentialBody(serializers.Serializer[Any]):
    type = Text(required=False, default="", allow_null=True)
    access_key = Text(required=False, default="", allow_null=True)
    access_secret = Text(required=False, default="", allow_null=True)


class RegistryBody(serializers.Serializer[Any]):
    name = Text(required=False, default="")
    url = Text(required=False, default="")
    type = Text(required=False, default="")
    credential = RegistryCredentialBody(required=False, allow_null=True)
    insecure = Flag(required=False, default=False)
    ca_certificate = Text(required=False, default="", allow_null=True)
    description = Text(required=False, default="")


class RegistryChange(serializers.Serializer[Any]):
    """What is null or missing stays as it is, and so does the secret where it is `*****`."""

    name = Text(required=False, allow_null=True)
    description = Text(required=False, allow_null=True)
    url = Text(required=False, allow_null=True)
    credential_type = Text(required=False, allow_null=True)
    access_key = Text(required=False, allow_null=True)
    access_secret = Text(required=False, allow_null=True)
    insecure = Flag(required=False, allow_null=True)
    ca_certificate = Text(required=False, allow_null=True)


class RegistryPingBody(serializers.Serializer[Any]):
    """With an `id` what is missing is as it is stored there."""

    id = Whole(required=False, allow_null=True)
    type = Text(required=False, allow_null=True)
    url = Text(required=False, allow_null=True)
    credential_type = Text(required=False, allow_null=True)
    access_key = Text(required=False, allow_null=True)
    access_secret = Text(required=False, allow_null=True)
    insecure = Flag(required=False, allow_null=True)
    ca_certificate = Text(required=False, allow_null=True)


class RegistryCredentialShown(TypedDict):
    type: NotRequired[str]
    access_key: NotRequired[str]
    access_secret: NotRequired[str]


class RegistryShown(TypedDict):
    """`access_secret` is `*****` where there is one. `status` is `healthy` or `unhealthy`, empty before the first
    test."""

    id: int
    name: str
    url: str
    type: str
    credential: RegistryCredentialShown
    insecure: bool
    ca_certificate: str
    description: str
    status: str
    creation_time: datetime
    update_time: datetime


class FilterStyleShown(TypedDict):
    type: str
    style: str
    values: NotRequired[list[str]]


class RegistryInfoShown(TypedDict):
    type: str
    description: str
    supported_resource_filters: list[FilterStyleShown]
    supported_triggers: list[str]
    supported_copy_by_chunk: bool


class RegistryEndpointShown(TypedDict):
    key: str
    value: str


class EndpointPatternShown(TypedDict):
    endpoint_type: str
    endpoints: list[RegistryEndpointShown]


class ProviderInfoShown(TypedDict):
    endpoint_pattern: EndpointPatternShown


def show(row: Registry) -> RegistryShown:
    return {
        "id": row.pk,
        "name": row.name,
        "url": row.url,
        "type": row.type,
        "credential": _credential(row),
        "insecure": row.insecure,
        "ca_certificate": row.ca_certificate,
        "description": row.description,
        "status": row.status,
        "creation_time": row.creation_time,
        "update_time": row.update_time,
    }


def _credential(row: Any) -> RegistryCredentialShown:
    if not (row.access_key or row.has_secret):
        return {}
    return {
        "type": row.credential_type,
        "access_key": row.access_key,
        "access_secret": MASK if row.has_secret else "",
    }


def info(kind: Kind, *, with_events: bool) -> RegistryInfoShown:
    """``with_events``: policies may start by what happens there, which only this installation tells itself."""
    filters: list[FilterStyleShown] = [{"type": "name", "style": "input"}, {"type": "tag", "style": "input"}]
    if kind.filters_by_label:
        filters.append({"type": "label", "style": "input"})
    filters.append({"type": "resource", "style": "radio", "values": ["image", "artifact"]})
    return {
        "type": kind.name,
        "description": "",
        "supported_resource_filters": filters,
        "supported_triggers": ["manual", "scheduled", *(["event_based"] if with_events else [])],
        "supported_copy_by_chunk": True,
    }


class RegistryBase(RestView):
    tag = "registry"

    def found(self, registry_id: str | int, action: str) -> Registry:
        """Raises Unauthenticated, Forbidden, NotFound."""
        wanted = path_number("id", str(registry_id))
        self.require("registry", action)
        row = Registry.objects.without_secrets().filter(pk=wanted).first()
        if row is None:
            raise NotFound(f"there is no registry {wanted}")
        return row


class RegistriesView(RegistryBase):
    takes = {"POST": RegistryBody}
    operations = {
        "GET": listing("listRegistries", RegistryShown, FILTER, SORT, Parameter("name", "A part of the name.")),
        "POST": creation("createRegistry"),
    }

    def get(self, request: Request) -> Response:
        self.require("registry", "list")
        query = request.query_params
        rows: QuerySet[Registry] = Registry.objects.without_secrets()
        if name := query.get("name"):
            rows = rows.filter(name__icontains=name)
        rows = filtered(rows, query.get("q", ""), FIELDS)
        return self.page_of(ordered(rows, query.get("sort", ""), FIELDS, ("name",)), show)

    def post(self, request: Request) -> Response:
        """The registry has to answer, and to take the credentials."""
        self.require("registry", "create")
        given = self.body()
        credential = given.pop("credential", None) or {}
        registry = create_registry(
            actor=self.actor,
            **{**given, "ca_certificate": given["ca_certificate"] or ""},
            credential_type=credential.get("type") or "",
            access_key=credential.get("access_key") or "",
            access_secret=credential.get("access_secret") or "",
        )
        return self.created(registry.pk)


class RegistryView(RegistryBase):
    takes = {"PUT": RegistryChange}
    operations = {
        "GET": Operation("getRegistry", RegistryShown),
        "PUT": Operation("updateRegistry", refuses=(409,)),
        "DELETE": Operation("deleteRegistry", refuses=(412,)),
    }

    def get(self, request: Request, registry_id: str) -> Response:
        return Response(show(self.found(registry_id, "read")))

    def put(self, request: Request, registry_id: str) -> Response:
        registry = self.found(registry_id, "update")
        update_registry(actor=self.actor, registry=registry, **given_values(self.body()))
        return Response()

    def delete(self, request: Request, registry_id: str) -> Response:
        delete_registry(actor=self.actor, registry=self.found(registry_id, "delete"))
        return Response()

    def as_a_body(self, shown: Any) -> Any:
        credential = shown.get("credential", {})
        return {**shown, "credential_type": credential.get("type"), "access_key": credential.get("access_key")}


class RegistryPingView(RegistryBase):
    takes = {"POST": RegistryPingBody}
    operations = {"POST": Operation("pingRegistry", refuses=(404,))}

    def post(self, request: Request) -> Response:
        self.require("registry", "read")
        given = given_values(self.body())
        number = given.pop("id", None)
        registry = self.found(number, "read") if number else None
        ping_registry(actor=self.actor, registry=registry, **given)
        return Response()


class RegistryInfoView(RegistryBase):
    operations = {"GET": Operation("getRegistryInfo", RegistryInfoShown)}

    def get(self, request: Request, registry_id: str) -> Response:
        """What can be asked of it. 0 is this installation itself."""
        if path_number("id", registry_id) == OURSELVES:
            self.require("registry", "read")
            return Response(info(KINDS[HARBOR], with_events=True))
        return Response(info(KINDS[self.found(registry_id, "read").type], with_events=False))


class AdaptersView(RestView):
    tag = "registry"
    operations = {"GET": Operation("listRegistryProviderTypes", list[str])}

    def get(self, request: Request) -> Response:
        self.require("replication-adapter", "list")
        return Response(list(KINDS))


class AdapterInfosView(RestView):
    tag = "registry"
    operations = {"GET": Operation("listRegistryProviderInfos", dict[str, ProviderInfoShown])}

    def get(self, request: Request) -> Response:
        """Of those kinds whose addresses are known."""
        self.require("replication-adapter", "list")
        return Response({kind.name: _pattern(kind) for kind in KINDS.values() if kind.addresses})


def given_values(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def _pattern(kind: Kind) -> ProviderInfoShown:
    endpoints: list[RegistryEndpointShown] = [{"key": key, "value": value} for key, value in kind.addresses]
    return {"endpoint_pattern": {"endpoint_type": "EndpointPatternTypeFix", "endpoints": endpoints}}
