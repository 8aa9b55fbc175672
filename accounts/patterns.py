r"""Doublestar patterns, as Harbor uses them for names of repositories and tags.

``*`` any characters but a slash, ``**`` (a whole component) any number of components, ``?`` one character but a slash,
``[a-z]`` and ``[^a-z]`` one character of a set, ``{a,b}`` alternatives, ``\`` takes the next character as it is.

Matching takes steps in proportion to pattern times text whatever the pattern looks like: patterns are written by users,
and a regular expression made from one could be made to run for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

LONGEST = 255  # characters
MOST_ALTERNATIVES = 64  # plain patterns that the braces of one pattern may stand for


class InvalidPattern(ValueError):
    """The text is not a doublestar pattern; the message says why."""


@dataclass(frozen=True, slots=True)
class CharacterSet:
    ranges: tuple[tuple[str, str], ...]
    negated: bool = False

    def __contains__(self, character: str) -> bool:
        return any(low <= character <= high for low, high in self.ranges) != self.negated


STAR = object()  # any number of characters
STARS = object()  # any number of components
ANY = CharacterSet((), negated=True)

# A component is STARS, or a sequence of STAR and character sets; a plain pattern is a sequence of components.
Plain = tuple[Any, ...]


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern describes the whole text. Raises InvalidPattern."""
    components = text.split("/")
    return any(_follows(plain, components, STARS, _component_fits) for plain in compiled(pattern))


def matches_any(patterns: Sequence[str], text: str) -> bool:
    return any(matches(pattern, text) for pattern in patterns)


def may_begin_with(pattern: str, component: str) -> bool:
    """Whether something whose first component is this one could match. Raises InvalidPattern."""
    return any(plain[0] is STARS or _component_fits(plain[0], component) for plain in compiled(pattern))


def describes_all_below(pattern: str, component: str) -> bool:
    """Whether it says of itself that it describes whatever has this first component and more. Raises InvalidPattern."""
    return any(_is_open_below(plain, component) for plain in compiled(pattern))


def is_literal(pattern: str) -> bool:
    """Whether the pattern has no wildcard, so that it describes itself and nothing else."""
    return not any(character in pattern for character in "*?[]{}\\")


@lru_cache(maxsize=2048)
def compiled(pattern: str) -> tuple[Plain, ...]:
    """The plain patterns that it stands for, ready for matching. Raises InvalidPattern."""
    if not pattern or len(pattern) > LONGEST:
        raise InvalidPattern(f"a pattern has between 1 and {LONGEST} characters")
    return tuple(tuple(_component(part) for part in _components(plain)) for plain in _without_braces(pattern))


def _follows(pattern: Sequence[Any], text: Sequence[str], wildcard: object, fits: Callable[[Any, str], bool]) -> bool:
    """Matches items one by one; at a mismatch only the last wildcard takes one item more, which is enough."""
    at = place = 0
    last_wildcard, resume = -1, 0
    while place < len(text):
        if at < len(pattern) and pattern[at] is wildcard:
            last_wildcard, resume = at, place
            at += 1
        elif at < len(pattern) and fits(pattern[at], text[place]):
            at += 1
            place += 1
        elif last_wildcard >= 0:
            resume += 1
            at, place = last_wildcard + 1, resume
        else:
            return False
    return all(item is wildcard for item in pattern[at:])


def _component_fits(component: Sequence[Any], text: str) -> bool:
    return _follows(component, text, STAR, CharacterSet.__contains__)


def _is_open_below(plain: Plain, component: str) -> bool:
    first, *rest = plain
    if any(each is not STARS for each in rest):
        return False
    return first is STARS or (bool(rest) and _component_fits(first, component))


def _without_braces(pattern: str) -> list[str]:
    """Every choice of alternatives, written out."""
    opening = _find(pattern, "{", 0)
    if opening < 0:
        if _find(pattern, "}", 0) >= 0:
            raise InvalidPattern("a closing brace has no opening one")
        return [pattern]
    head = pattern[:opening]
    if _find(head, "}", 0) >= 0:
        raise InvalidPattern("a closing brace has no opening one")
    choices, tail = _alternatives(pattern, opening)
    written = [head + choice + rest for rest in _without_braces(tail) for choice in choices]
    if len(written) > MOST_ALTERNATIVES:
        raise InvalidPattern(f"the braces stand for more than {MOST_ALTERNATIVES} patterns")
    return written


def _alternatives(pattern: str, opening: int) -> tuple[list[str], str]:
    """The alternatives of the brace at ``opening``, each free of braces itself, and what follows the brace."""
    choices: list[str] = []
    depth, start, place = 1, opening + 1, opening + 1
    while place < len(pattern):
        character = pattern[place]
        if character == "\\":
            place += 1
        elif character == "[":
            place = _end_of_set(pattern, place)
        elif character == "{":
            depth += 1
        elif character == "}" or (character == "," and depth == 1):
            depth -= character == "}"
            if depth == 0 or character == ",":
                choices.extend(_without_braces(pattern[start:place]))
                start = place + 1
            if depth == 0:
                return choices, pattern[start:]
        place += 1
    raise InvalidPattern("an opening brace has no closing one")


def _find(pattern: str, wanted: str, place: int) -> int:
    """Where the character stands outside sets and not after a backslash; -1 when it does not."""
    while place < len(pattern):
        character = pattern[place]
        if character == wanted:
            return place
        if character == "\\":
            place += 1
        elif character == "[":
            place = _end_of_set(pattern, place)
        place += 1
    return -1


def _end_of_set(pattern: str, opening: int) -> int:
    place = opening + 1
    if pattern[place : place + 1] in ("^", "!"):
        place += 1
    first = place
    while place < len(pattern):
        if pattern[place] == "\\":
            place += 1
        elif pattern[place] == "]" and place > first:
            return place
        place += 1
    raise InvalidPattern("a set of characters has no closing bracket")


def _components(plain: str) -> list[str]:
    parts: list[str] = []
    start = 0
    while (slash := _find(plain, "/", start)) >= 0:
        parts.append(plain[start:slash])
        start = slash + 1
    return [*parts, plain[start:]]


def _component(part: str) -> Any:
    if part == "**":
        return STARS
    items: list[Any] = []
    place = 0
    while place < len(part):
        character = part[place]
        if character == "*":
            if not items or items[-1] is not STAR:
                items.append(STAR)
        elif character == "?":
            items.append(ANY)
        elif character == "[":
            end = _end_of_set(part, place)
            items.append(_character_set(part[place + 1 : end]))
            place = end
        else:
            if character == "\\":
                place += 1
                if place == len(part):
                    raise InvalidPattern("a backslash ends the pattern")
                character = part[place]
            items.append(CharacterSet(((character, character),)))
        place += 1
    return tuple(items)


def _character_set(body: str) -> CharacterSet:
    negated = body[0] in "^!"
    characters = _unescaped(body[1:] if negated else body)
    ranges: list[tuple[str, str]] = []
    place = 0
    while place < len(characters):
        low = high = characters[place]
        if place + 2 < len(characters) and characters[place + 1] == "-":
            high = characters[place + 2]
            place += 2
        if low > high:
            raise InvalidPattern(f"the range {low}-{high} is the wrong way round")
        ranges.append((low, high))
        place += 1
    return CharacterSet(tuple(ranges), negated)


def _unescaped(body: str) -> list[str]:
    characters: list[str] = []
    taken = False
    for character in body:
        if character == "\\" and not taken:
            taken = True
            continue
        characters.append(character)
        taken = False
    return characters
