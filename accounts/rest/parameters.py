"""Single values in paths and queries, as go-swagger reads them for Harbor."""

from __future__ import annotations

from rest_framework.request import Request

from accounts.errors import BadRequest
from accounts.rest.paging import Unprocessable
from accounts.rest.query import Value

TRUE = frozenset(("true", "1", "yes", "y", "on", "t", "ok", "selected", "checked", "enabled"))
FALSE = frozenset(("false", "0", "no", "n", "off", "f", "unselected", "unchecked", "disabled", ""))
LARGEST = 2**63 - 1


def path_number(name: str, text: str) -> int:
    """An id in a path. Raises Unprocessable."""
    return _number(name, "path", text)


def query_number(request: Request, name: str) -> int:
    """A number that the query has to have. Raises Unprocessable."""
    return _number(name, "query", required_query(request, name))


def required_query(request: Request, name: str) -> str:
    """Raises Unprocessable."""
    value = request.query_params.get(name)
    if value is None:
        raise Unprocessable(f"{name} in query is required", field=name)
    return value


def flag(value: Value) -> bool:
    """Raises BadRequest."""
    word = str(value).lower()
    if word not in TRUE | FALSE:
        raise BadRequest(f"{word[:50]!r} is neither true nor false")
    return word in TRUE


def _number(name: str, place: str, text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19 or abs(int(text)) > LARGEST:
        raise Unprocessable(f"{name} in {place} must be of type integer: {text[:50]!r}", field=name)
    return int(text)
