"""The grammar of ``q`` (Harbor's API conventions): comma separated terms, all of which must hold.

``k=v`` is equality, ``k=~v`` contains, ``k=[min~max]`` a range with either end open, ``k={a b}`` any of the values,
``k=(a b)`` all of them. Pure text work: what the keys mean is for whoever asked (:mod:`accounts.rest.filters`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from urllib.parse import unquote_plus

from accounts.errors import BadRequest

Value = str | int | datetime

NUMBER = re.compile(r"-?[0-9]{1,19}")
# Harbor documents a T between date and time and accepts no other form; its pages show a blank, so that is taken too.
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}")
QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
# Blanks separate the values of a list, but for those inside quotes and between a date and a time.
WORD = re.compile(rf"{MOMENT.pattern}|{QUOTED.pattern}|[^ ]+")
LONGEST = 4096  # characters of a whole q


@dataclass(frozen=True, slots=True)
class Exactly:
    """``value`` is the text as it was given: only the field knows whether it is a number, a moment or a word."""

    value: str


@dataclass(frozen=True, slots=True)
class Contains:
    text: str


@dataclass(frozen=True, slots=True)
class Between:
    """Both ends count as inside; None leaves one open."""

    least: Value | None
    most: Value | None


@dataclass(frozen=True, slots=True)
class AnyOf:
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    values: tuple[Value, ...]


Term = Exactly | Contains | Between | AnyOf | AllOf


def parse_q(text: str) -> Mapping[str, Term]:
    """The terms by their keys; of a key that comes twice the last one counts. Raises BadRequest.

    ``text`` is the parameter as the framework decoded it; Harbor decodes it once more, and its clients rely on that.
    """
    if len(text) > LONGEST:
        _refuse(f"more than {LONGEST} characters")
    terms: dict[str, Term] = {}
    decoded = unquote_plus(text)
    if "\0" in decoded:
        _refuse("no value holds NUL, and PostgreSQL takes no such text")
    for part in decoded.split(",") if decoded else ():
        key, equals, value = part.partition("=")
        key = key.strip()
        if not (key and equals and value):
            _refuse(f"the term {part[:50]!r} is not of the form key=value")
        terms[key] = _term(value)
    return terms


def _term(value: str) -> Term:
    if value.startswith("~"):
        return Contains(value[1:])
    if value.startswith("["):
        return _range(value)
    if value.startswith("{"):
        return AnyOf(_list(value, "}"))
    if value.startswith("("):
        return AllOf(_list(value, ")"))
    return Exactly(value.removeprefix("\\"))


def _range(value: str) -> Between:
    if not value.endswith("]") or value.count("~") != 1:
        _refuse(f"the range {value[:50]!r} is not of the form [min~max]")
    least, most = (_value(end.strip()) if end.strip() else None for end in value[1:-1].split("~"))
    if least is None and most is None:
        _refuse("a range has at least one end")
    return Between(least, most)


def _list(value: str, end: str) -> tuple[Value, ...]:
    if not value.endswith(end):
        _refuse(f"the list {value[:50]!r} does not end with {end}")
    values = tuple(_value(word.group()) for word in WORD.finditer(value[1:-1]))
    if not values:
        _refuse("a list has at least one value")
    return values


def _value(word: str) -> Value:
    """Inside ranges and lists: a number, a moment (UTC) or a text, which may stand in quotes."""
    if quoted := QUOTED.fullmatch(word):
        return quoted.group(1) if quoted.group(1) is not None else quoted.group(2)
    if NUMBER.fullmatch(word):
        return int(word)
    if MOMENT.fullmatch(word):
        return moment(word)
    return word


def moment(word: str) -> datetime:
    """Raises BadRequest for a date or time that the calendar does not have."""
    try:
        return datetime.fromisoformat(f"{word.replace(' ', 'T')}+00:00")
    except ValueError:
        _refuse(f"{word!r} is no date and time")


def _refuse(why: str) -> NoReturn:
    raise BadRequest(f"q cannot be understood: {why}", field="q")
