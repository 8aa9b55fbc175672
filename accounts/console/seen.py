"""Two who change the same row at once: the second is told, and does not undo what the first has done."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.errors import Conflict

FIELD = "_seen"


def state_of(row: Model, names: Iterable[str]) -> str:
    """Tells one state of these of its fields from another."""
    values = [(name, _value(row, name)) for name in sorted(names)]
    return sha256(repr(values).encode()).hexdigest()[:32]


def require_unchanged(request: HttpRequest, row: Model, names: Iterable[str]) -> None:
    """Raises Conflict where the form was filled in with another state before the eyes. A form without one is taken."""
    seen = request.POST.get(FIELD)
    if seen and seen != state_of(row, names):
        raise Conflict(_("somebody else has changed this meanwhile: look at it anew, and save what you mean"))


def _value(row: Model, name: str) -> Any:
    try:
        field = row._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field.value_from_object(row) if field.concrete and not field.many_to_many else None
