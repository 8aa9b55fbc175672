"""Single values among the parameters of a chore, as strict as bodies are: a number is no text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.errors import BadRequest


def flag(given: Mapping[str, Any], name: str) -> bool:
    """False where it is not given. Raises BadRequest."""
    value = given.get(name, False)
    if not isinstance(value, bool):
        raise BadRequest(f"{name} is true or false", field=name)
    return value


def whole(given: Mapping[str, Any], name: str, lowest: int, highest: int, default: int | None = None) -> int:
    """Raises BadRequest, also where it is missing and there is no ``default``."""
    value = given.get(name, default)
    # Exactly int: to Python true is a number too.
    if type(value) is not int or not lowest <= value <= highest:
        raise BadRequest(f"{name} is a whole number from {lowest} to {highest}", field=name)
    return value
