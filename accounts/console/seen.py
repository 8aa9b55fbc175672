"""Two who change the same thing at once: the second is told, and does not undo what the first has done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.crypto import keyed_hash, keyed_hash_matches
from accounts.errors import Conflict

FIELD = "_seen"
TOLD = "_told_of_a_change"  # an attribute of requests
PURPOSE = "what a form was filled in with"


def values_of(row: Model, names: Iterable[str]) -> dict[str, Any]:
    """Of those that are fields of the row; of many other rows their numbers."""
    return {field.name: _value(row, field) for name in names if (field := _field(row, name)) is not None}


def state_of(values: Mapping[str, Any]) -> str:
    """Tells one state from another, and nothing of the secrets that may be among the values."""
    return keyed_hash(PURPOSE, _written(values))


def require_unchanged(request: HttpRequest, values: Mapping[str, Any]) -> None:
    """Raises Conflict where the form was filled in with another state before the eyes. A form without one is taken.

    Whoever calls it holds what it is about until the change is written.
    """
    seen = request.POST.get(FIELD)
    if seen and not keyed_hash_matches(PURPOSE, _written(values), seen):
        setattr(request, TOLD, True)
        raise Conflict(_("somebody else has changed this meanwhile: look at it anew, and save what you mean"))


def seen_by(request: HttpRequest, values: Mapping[str, Any]) -> str:
    """For the form: the present state; for one that comes back with a mistake still what its sender had seen, who has
    not been told yet of any change since."""
    sent = request.POST.get(FIELD, "")
    return sent if sent and not hasattr(request, TOLD) else state_of(values)


def _written(values: Mapping[str, Any]) -> str:
    return repr(sorted(values.items()))


def _field(row: Model, name: str) -> Any:
    try:
        field: Any = row._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if field.concrete else None


def _value(row: Model, field: Any) -> Any:
    value = field.value_from_object(row)
    return sorted(each.pk for each in value) if field.many_to_many else value
