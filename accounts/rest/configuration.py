"""Harbor's tag ``configure``: the configuration items."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.configuration import items
from accounts.configuration.present import configured, is_editable
from accounts.configuration.table import ITEMS
from accounts.rest.base import RestView
from accounts.rest.fields import Flag, Text, Whole
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


def show(name: str) -> dict[str, Any]:
    return {"value": configured(name), "editable": is_editable(name)}


class ConfigurationsView(RestView):
    takes = {"PUT": ConfigurationChange}

    def get(self, request: Request) -> Response:
        """Every item but the secrets."""
        self.require("configuration", "read")
        return Response({item.name: show(item.name) for item in ITEMS.values() if item.listed and not item.secret})

    def put(self, request: Request) -> Response:
        self.require("configuration", "update")
        given = {name: value for name, value in self.body().items() if value is not None}
        update_configuration(actor=self.actor, values=given)
        return Response()


class InternalConfigurationView(RestView):
    """What the parts of the product go by: the items that Harbor's contract has no place for, too.

    Harbor gives this to its own parts only, with the secrets; here nothing asks for it but people.
    """

    def get(self, request: Request) -> Response:
        self.require("configuration", "update")
        return Response({item.name: show(item.name) for item in ITEMS.values() if not item.secret})
