"""Regular expressions that users may write: matched in steps in proportion to expression times text, whatever they say.

Python's own engine tries one way after the other, so that an expression such as ``(a|a)*b`` keeps it busy for ever.
Here all ways are followed at once (Thompson's construction). An expression describes the whole text.
"""

from __future__ import annotations

from functools import lru_cache

from jobs.retention.engine.expression_syntax import Characters, Either, InvalidExpression, Node, Sequenced, parsed

LONGEST = 255  # characters
MOST_PLACES = 600  # that the repetitions of one expression may be written out to
MOST_STEPS = 20_000  # of writing it out: repetitions of nothing take no place
REMEMBERED = 20_000  # places, in what an expression remembers of its steps from one set of them to the next
STEP = 10  # what a step costs beside its places

# One character of the set and on to the next place, jumps to others without a character, or (None) the end.
Place = Characters | tuple[int, ...] | None


class Expression:
    """One that is ready for matching. What it remembers of its steps has a limit, and is then forgotten."""

    def __init__(self, text: str) -> None:
        self._places = _written_out(parsed(text))
        self._start = self._reached(0)
        self._end = len(self._places) - 1
        self._steps: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        self._remembered = 0
        self._after: dict[int, frozenset[int]] = {}

    def describes(self, text: str) -> bool:
        places = self._start
        for character in text:
            places = self._next(places, character)
            if not places:
                return False
        return self._end in places

    def _next(self, places: frozenset[int], character: str) -> frozenset[int]:
        found = self._steps.get((places, character))
        if found is None:
            found = frozenset[int]().union(*(self._beyond(each) for each in places if self._takes(each, character)))
            self._remember(places, character, found)
        return found

    def _remember(self, places: frozenset[int], character: str, found: frozenset[int]) -> None:
        self._remembered += len(found) + STEP
        if self._remembered > REMEMBERED:
            self._steps.clear()
            self._remembered = len(found) + STEP
        self._steps[places, character] = found

    def _takes(self, number: int, character: str) -> bool:
        place = self._places[number]
        return isinstance(place, Characters) and character in place

    def _beyond(self, number: int) -> frozenset[int]:
        if number not in self._after:
            self._after[number] = self._reached(number + 1)
        return self._after[number]

    def _reached(self, first: int) -> frozenset[int]:
        """The places at which a character is taken, or the end, that jumps lead to from this one."""
        seen, waiting, found = {first}, [first], set()
        while waiting:
            number = waiting.pop()
            place = self._places[number]
            if not isinstance(place, tuple):
                found.add(number)
                continue
            waiting += [target for target in place if target not in seen]
            seen.update(place)
        return frozenset(found)


@lru_cache(maxsize=64)
def compiled(text: str) -> Expression:
    """Raises InvalidExpression."""
    if not text or len(text) > LONGEST:
        raise InvalidExpression(f"a regular expression has between 1 and {LONGEST} characters")
    return Expression(text)


def describes(text: str, name: str) -> bool:
    """Whether the expression means the whole name. Raises InvalidExpression."""
    return compiled(text).describes(name)


def _written_out(node: Node) -> list[Place]:
    writer = _Writer()
    writer.write(node)
    return [*writer.places, None]


class _Writer:
    def __init__(self) -> None:
        self.places: list[Place] = []
        self._steps = 0

    def write(self, node: Node) -> None:
        self._steps += 1
        if len(self.places) > MOST_PLACES or self._steps > MOST_STEPS:
            raise InvalidExpression("the repetitions of the expression are too many")
        if isinstance(node, Characters):
            self.places.append(node)
        elif isinstance(node, Sequenced):
            for part in node.parts:
                self.write(part)
        elif isinstance(node, Either):
            self._either(node.choices)
        else:
            for _ in range(node.least):
                self.write(node.node)
            self._optional(node.node, None if node.most is None else node.most - node.least)

    def _either(self, choices: tuple[Node, ...]) -> None:
        opening = self._reserved()
        starts, ends = [], []
        for choice in choices:
            starts.append(len(self.places))
            self.write(choice)
            ends.append(self._reserved())
        self.places[opening] = tuple(starts)
        for end in ends:
            self.places[end] = (len(self.places),)

    def _optional(self, node: Node, times: int | None) -> None:
        """Up to so many times more; any number of times for None."""
        ways: list[int] = []
        for _ in range(1 if times is None else times):
            ways.append(self._reserved())
            self.write(node)
        if times is None:
            self.places.append((ways[0],))
        for way in ways:
            self.places[way] = (way + 1, len(self.places))

    def _reserved(self) -> int:
        self.places.append(())
        return len(self.places) - 1
