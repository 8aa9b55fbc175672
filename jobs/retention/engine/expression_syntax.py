r"""Reading regular expressions: characters and ``\`` before special ones, ``.``, ``[a-z]`` and ``[^a-z]``, ``\d \w \s``
and their opposites, ``( )``, ``(?: )``, ``|``, ``* + ? {n} {n,} {n,m}``; ``^`` at the beginning and ``$`` at the end.

References to groups and looking ahead or behind are refused: they cannot be matched in linear time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DEEPEST = 20  # groups in groups
BRACES = re.compile(r"\{(\d{1,3})(,)?(\d{1,3})?\}", re.ASCII)
SPECIAL = frozenset(".[]{}()*+?|^$\\")
CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}

Ranges = tuple[tuple[str, str], ...]
CLASSES: dict[str, Ranges] = {
    "d": (("0", "9"),),
    "w": (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z")),
    "s": (("\t", "\r"), (" ", " ")),
}


class InvalidExpression(ValueError):
    """The text is no regular expression of this kind; the message says why."""


@dataclass(frozen=True, slots=True)
class Characters:
    """``besides`` are classes inside a set that are meant as their opposite (``[\\D.]``)."""

    ranges: Ranges
    negated: bool = False
    besides: tuple[Ranges, ...] = ()

    def __contains__(self, character: str) -> bool:
        inside = _within(self.ranges, character) or any(not _within(each, character) for each in self.besides)
        return inside != self.negated


@dataclass(frozen=True, slots=True)
class Sequenced:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    choices: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """``most`` is None for any number of times."""

    node: Node
    least: int
    most: int | None


Node = Characters | Sequenced | Either | Repeated
ANY = Characters((), negated=True)


def parsed(text: str) -> Node:
    """Raises InvalidExpression."""
    return _Parser(text).whole()


def _within(ranges: Ranges, character: str) -> bool:
    return any(low <= character <= high for low, high in ranges)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._depth = 0

    def whole(self) -> Node:
        self._take("^")
        node = self._either()
        self._take("$")
        if self._place < len(self._text):
            raise InvalidExpression(f"{self._text[self._place]!r} stands where it means nothing")
        return node

    def _peek(self) -> str:
        return self._text[self._place : self._place + 1]

    def _take(self, wanted: str) -> bool:
        found = self._text.startswith(wanted, self._place)
        self._place += len(wanted) if found else 0
        return found

    def _either(self) -> Node:
        choices = [self._sequence()]
        while self._take("|"):
            choices.append(self._sequence())
        return choices[0] if len(choices) == 1 else Either(tuple(choices))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while (character := self._peek()) and character not in "|)$":
            parts.append(self._repeated())
        return Sequenced(tuple(parts))

    def _repeated(self) -> Node:
        node = self._atom()
        times = self._times()
        if times is None:
            return node
        self._take("?")  # as few times as can be: the whole text is matched either way
        if self._peek() and self._peek() in "*+?{":
            raise InvalidExpression("something is repeated twice in a row")
        return Repeated(node, *times)

    def _times(self) -> tuple[int, int | None] | None:
        for sign, times in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return times
        if self._peek() != "{":
            return None
        found = BRACES.match(self._text, self._place)
        if found is None:
            raise InvalidExpression("braces say how many times: {2}, {2,} or {2,5}")
        self._place = found.end()
        least, comma, most = int(found[1]), found[2], found[3]
        if most is not None and (comma is None or int(most) < least):
            raise InvalidExpression(f"{found[0]} says no number of times")
        return least, int(most) if most is not None else None if comma else least

    def _atom(self) -> Node:
        character = self._peek()
        self._place += 1
        if character == "(":
            return self._group()
        if character == "[":
            return self._set()
        if character == ".":
            return ANY
        if character == "\\":
            return self._escaped()
        if character in SPECIAL:
            raise InvalidExpression(f"{character!r} stands where it means nothing; write \\{character} for itself")
        return Characters(((character, character),))

    def _group(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise InvalidExpression(f"groups may be nested {DEEPEST} deep")
        if self._take("?") and not self._take(":"):
            raise InvalidExpression("of the groups that begin with a question mark there is only (?: )")
        node = self._either()
        if not self._take(")"):
            raise InvalidExpression("an opening parenthesis has no closing one")
        self._depth -= 1
        return node

    def _escaped(self) -> Characters:
        character = self._peek()
        self._place += 1
        if character.lower() in CLASSES:
            return Characters(CLASSES[character.lower()], negated=character.isupper())
        character = self._literal(character)
        return Characters(((character, character),))

    @staticmethod
    def _literal(character: str) -> str:
        if not character:
            raise InvalidExpression("a backslash ends the expression")
        if character.isalnum() and character not in CONTROLS:
            raise InvalidExpression(f"\\{character} is not there: neither references to groups nor anchors are")
        return CONTROLS.get(character, character)

    def _set(self) -> Characters:
        negated = self._take("^")
        ranges: list[tuple[str, str]] = []
        besides: list[Ranges] = []
        first = True
        while first or self._peek() != "]":
            first = False
            low = self._in_set()
            if isinstance(low, Characters):
                besides += [low.ranges] if low.negated else []
                ranges += [] if low.negated else low.ranges
                continue
            ranges.append((low, self._end_of_range(low)))
        self._place += 1
        return Characters(tuple(ranges), negated, tuple(besides))

    def _end_of_range(self, low: str) -> str:
        if self._peek() != "-" or self._text[self._place + 1 : self._place + 2] in ("]", ""):
            return low
        self._place += 1
        high = self._in_set()
        if isinstance(high, Characters) or high < low:
            raise InvalidExpression(f"the range that begins with {low} is none")
        return high

    def _in_set(self) -> str | Characters:
        character = self._peek()
        if not character:
            raise InvalidExpression("a set of characters has no closing bracket")
        self._place += 1
        if character != "\\":
            return character
        if self._peek().lower() in CLASSES:
            return self._escaped()
        character = self._literal(self._peek())
        self._place += 1
        return character
