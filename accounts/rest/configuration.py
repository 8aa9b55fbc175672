"""Harbor's tag ``configure``: the configuration items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.configuration import items
from accounts.configuration.present import configured, is_editable
from accounts.configuration.table import ITEMS
from accounts.rest.base import RestView
from accounts.rest.fields import Flag, Text, Whole
from accounts.rest.operations import Operation
from accounts.services.configuration import update_configuration


class Number(Whole):
    """In scientific notation, too (Harbor)."""

    def to_internal_value(self, data: Any) -> int:
        return super().to_internal_value(int(data) if isinstance(data, float) and data.is_integer() else data)


class ConfigurationChange(serializers.Serializer[Any]):
    """One field for each item that Harbor's contract knows, with its help; null leaves the item as it is."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {item.name: field_of(item) for item in ITEMS.values() if item.listed}


def field_of(item: items.Item) -> serializers.Field[Any, Any, Any, Any]:
    options: dict[str, Any] = {"required": False, "allow_null": True, "help_text": item.help}
    if isinstance(item, items.Flag):
        return Flag(**options)
    return Number(**options) if isinstance(item, items.Whole) else Text(**options)


class BoolConfigItemShown(TypedDict):
    value: bool
    editable: bool


class IntegerConfigItemShown(TypedDict):
    value: int
    editable: bool


class StringConfigItemShown(TypedDict):
    value: str
    editable: bool


class ConfigItemShown(TypedDict):
    value: Any
    editable: bool


def shape_of(item: items.Item) -> type:
    if isinstance(item, items.Flag):
        return BoolConfigItemShown
    return IntegerConfigItemShown if isinstance(item, items.Whole) else StringConfigItemShown


SHOWN = {item.name: item for item in ITEMS.values() if item.listed and not item.secret}
ConfigurationsShown = TypedDict(  # type: ignore[misc] # the table of items is the one place that tells of them
    "ConfigurationsShown", {name: shape_of(item) for name, item in SHOWN.items()}
)


def show(name: str) -> ConfigItemShown:
    return {"value": configured(name), "editable": is_editable(name)}


class ConfigurationsView(RestView):
    tag = "configure"
    takes = {"PUT": ConfigurationChange}
    operations = {
        "GET": Operation("getConfigurations", ConfigurationsShown),
        "PUT": Operation("updateConfigurations"),
    }

    def get(self, request: Request) -> Response:
        """Every item but the secrets."""
        self.require("configuration", "read")
        return Response({name: show(name) for name in SHOWN})

    def as_a_body(self, shown: Mapping[str, ConfigItemShown]) -> dict[str, Any]:
        return {name: item["value"] for name, item in shown.items() if item["editable"]}

    def put(self, request: Request) -> Response:
        self.require("configuration", "update")
        given = {name: value for name, value in self.body().items() if value is not None}
        update_configuration(actor=self.actor, values=given)
        return Response()


class InternalConfigurationView(RestView):
    """What the parts of the product go by: the items that Harbor's contract has no place for, too.

    Harbor gives this to its own parts only, with the secrets; here nothing asks for it but people.
    """

    tag = "configure"
    operations = {"GET": Operation("getInternalconfig", dict[str, ConfigItemShown])}

    def get(self, request: Request) -> Response:
        self.require("configuration", "update")
        return Response({item.name: show(item.name) for item in ITEMS.values() if not item.secret})
