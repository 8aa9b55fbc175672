"""Applying ``q`` and ``sort`` to a queryset, by a list of the fields that a resource lets clients ask about.

A field that is not in the list is ignored in silence, as Harbor does; so nobody can feel their way along columns that
are not shown (CVE-2025-30086). A value that its field cannot have is a BadRequest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.errors import BadRequest
from accounts.rest.query import AllOf, AnyOf, Between, Contains, Exactly, Term, Value, moment, parse_q

# Suffixes that Harbor's storage layer understands in a key, and what they are here.
SUFFIXES = ("exact", "icontains", "in", "gte", "lte", "gt", "lt")
LARGEST = 2**63 - 1


def text(value: Value) -> str:
    return str(value)


def number(value: Value) -> int:
    try:
        found = int(str(value))
    except ValueError:
        raise BadRequest(f"{str(value)[:50]!r} is not a number", field="q") from None
    if abs(found) > LARGEST:
        raise BadRequest("a number is too large", field="q")
    return found


def time(value: Value) -> datetime:
    return value if isinstance(value, datetime) else moment(str(value))


@dataclass(frozen=True, slots=True)
class Field:
    """``path`` is the ORM's way to the column; ``read`` makes a value of the column's kind and raises BadRequest."""

    path: str
    read: Callable[[Value], Any] = text
    sortable: bool = True


Special = Callable[[QuerySet[Any], Term], QuerySet[Any]]


def filtered(
    rows: QuerySet[Any], q: str, fields: Mapping[str, Field], special: Mapping[str, Special] | None = None
) -> QuerySet[Any]:
    """``special`` has the keys that are no columns, with what each does. Raises BadRequest."""
    for key, term in parse_q(q).items():
        name, _, suffix = key.partition("__")
        if special and key in special:
            rows = special[key](rows, term)
        elif name in fields and (not suffix or suffix in SUFFIXES):
            rows = rows.filter(_condition(fields[name], term, suffix))
    return rows


def ordered(rows: QuerySet[Any], sort: str, fields: Mapping[str, Field], default: tuple[str, ...]) -> QuerySet[Any]:
    """By ``sort`` as far as its fields may be sorted by, else by ``default``; always down to the primary key."""
    wanted = []
    for word in sort.split(","):
        name = word.strip().removeprefix("-")
        if name in fields and fields[name].sortable:
            wanted.append(f"-{fields[name].path}" if word.strip().startswith("-") else fields[name].path)
    order = tuple(wanted) or default
    # Without a last word the pages of equal rows could overlap.
    return rows.order_by(*order, "-pk" if order[-1].startswith("-") else "pk")


def _condition(field: Field, term: Term, suffix: str) -> Q:
    path, read = field.path, field.read
    match term:
        case Contains(text=part):
            return Q(**{f"{path}__icontains": part})
        case Between(least=least, most=most):
            ends = {f"{path}__gte": least, f"{path}__lte": most}
            return Q(**{lookup: read(value) for lookup, value in ends.items() if value is not None})
        case AnyOf(values=values):
            return Q(**{f"{path}__in": [read(value) for value in values]})
        case AllOf(values=values):
            # One column has one value: all of several different ones is nothing.
            return Q(*(Q(**{path: read(value)}) for value in values))
        case Exactly(value=value):
            return _by_suffix(field, suffix, value)


def _by_suffix(field: Field, suffix: str, value: str) -> Q:
    if suffix == "icontains":
        return Q(**{f"{field.path}__icontains": value})
    if suffix == "in":
        return Q(**{f"{field.path}__in": [field.read(value)]})
    lookup = f"{field.path}__{suffix}" if suffix in ("gte", "lte", "gt", "lt") else field.path
    return Q(**{lookup: field.read(value)})
