"""Configuration items: changing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from django.conf import settings

import audit
from accounts.actors import Actor
from accounts.configuration.present import CONFIGURATION, configured
from accounts.configuration.table import ITEMS
from accounts.errors import BadRequest, Forbidden
from accounts.generations import bump_on_commit
from accounts.models import ConfigurationValue, User
from accounts.selectors.rights import require
from accounts.services.rows import changes, writing
from registry_api.sql import take_turn

MASK = "***"


def update_configuration(*, actor: Actor, values: Mapping[str, Any]) -> None:
    """Sets all that is given, or nothing. What an item has already may be given for any item.

    Raises Forbidden (also for an item that the environment sets, or that nothing obeys yet), BadRequest.
    """
    require(actor, "configuration", "update")
    wanted = {name: _checked(name, given) for name, given in values.items()}
    if wanted.get("robot_name_prefix"):
        _require_nobody_called(wanted["robot_name_prefix"])
    with writing():
        # Two who change at once take turns, so that each record says what was there before.
        take_turn(CONFIGURATION)
        kept = {row.name: row for row in ConfigurationValue.objects.all()}
        changed = {name: value for name, value in wanted.items() if value != _before(name, kept)}
        for name in changed:
            _require_editable(name)
        if changed:
            audit.record(
                actor=actor,
                operation="update_configuration",
                resource_type="configuration",
                resource="configuration",
                detail=_detail({name: _before(name, kept) for name in changed}, changed),
            )
            _save(changed)
            bump_on_commit(CONFIGURATION)


def _checked(name: str, given: Any) -> Any:
    if name not in ITEMS:
        raise BadRequest(f"there is no configuration item {name[:64]}", field=name)
    try:
        return ITEMS[name].from_json(given)
    except ValueError as error:
        raise BadRequest(f"{name}: {error}", field=name) from error


def _require_nobody_called(prefix: str) -> None:
    """A user of such a name would be taken for a robot and could not sign in any more. Raises BadRequest."""
    if User.objects.existing().filter(username__startswith=prefix).exists():
        raise BadRequest("robot_name_prefix: there are users whose names begin so", field="robot_name_prefix")


def _require_editable(name: str) -> None:
    """Raises Forbidden."""
    if ITEMS[name].fixed:
        raise Forbidden(f"{name} cannot be changed yet: nothing obeys it", field=name)
    if name in settings.CONFIGURATION:
        raise Forbidden(f"{name} is set by {ITEMS[name].variable} and cannot be changed here", field=name)


def _before(name: str, kept: Mapping[str, ConfigurationValue]) -> Any:
    row = kept.get(name)
    if row is None or name in settings.CONFIGURATION:
        return configured(name)
    return row.secret if ITEMS[name].secret else orjson.loads(row.value or "null")


def _detail(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Of secrets only that there is one."""
    return {
        when: {name: (MASK if value else "") if ITEMS[name].secret else value for name, value in values.items()}
        for when, values in changes(before, after).items()
    }


def _save(values: Mapping[str, Any]) -> None:
    ConfigurationValue.objects.bulk_create(
        (
            ConfigurationValue(name=name, secret=value)
            if ITEMS[name].secret
            else ConfigurationValue(name=name, value=orjson.dumps(value).decode())
            for name, value in values.items()
        ),
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["value", "secret", "update_time"],
    )
