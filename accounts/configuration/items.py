"""What a configuration item is: its type, which values it takes, and how they are read from JSON and from text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils.functional import Promise

TRUE, FALSE = frozenset(("true", "yes", "on", "1")), frozenset(("false", "no", "off", "0"))
LONGEST_TEXT = 16384  # characters

Text = str | Promise


class WrongType(ValueError):
    """The value is of another type than the item; the message says what is wanted."""


@dataclass(frozen=True, slots=True)
class Item(ABC):
    """One thing that can be set.

    ``fixed``: no part of the product obeys it, so it shows its default and cannot be changed. ``listed``: Harbor's
    contract knows it as an item of ``GET /configurations``.
    """

    secret: ClassVar[bool] = False

    name: str
    default: Any
    help: Text
    fixed: bool = field(default=False, kw_only=True)
    listed: bool = field(default=True, kw_only=True)

    @property
    def variable(self) -> str:
        """The environment variable that overrides what is set."""
        return f"PORTOLAN_{self.name.upper()}"

    @property
    @abstractmethod
    def type(self) -> str:
        """In the words of the table of settings."""

    @abstractmethod
    def from_json(self, given: Any) -> Any:
        """Raises WrongType, or ValueError for a value that cannot be; both say what is wanted."""

    def from_text(self, text: str) -> Any:
        """Raises ValueError with what is wanted."""
        return self.from_json(text)


@dataclass(frozen=True, slots=True)
class Flag(Item):
    @property
    def type(self) -> str:
        return "switch"

    def from_json(self, given: Any) -> bool:
        if not isinstance(given, bool):
            raise WrongType("true or false is wanted")
        return given

    def from_text(self, text: str) -> bool:
        word = text.lower()
        if word not in TRUE | FALSE:
            raise ValueError("a switch is wanted: true or false")
        return word in TRUE


@dataclass(frozen=True, slots=True)
class Whole(Item):
    lowest: int = field(kw_only=True)
    highest: int = field(kw_only=True)

    @property
    def type(self) -> str:
        return f"{_short(self.lowest)} to {_short(self.highest)}"

    def from_json(self, given: Any) -> int:
        # Harbor's clients may write numbers in scientific notation.
        if isinstance(given, float) and given.is_integer():
            given = int(given)
        if isinstance(given, bool) or not isinstance(given, int):
            raise WrongType("a whole number is wanted")
        if not self.lowest <= given <= self.highest or (given == 0 and self.lowest < 0):
            raise ValueError(f"a whole number from {self.lowest} to {self.highest} is wanted")
        return given

    def from_text(self, text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ValueError(f"a whole number from {self.lowest} to {self.highest} is wanted") from None
        return self.from_json(number)


@dataclass(frozen=True, slots=True)
class Words(Item):
    """Text. ``check`` raises ValueError with what is wanted; it is not asked about no text at all, if that may be."""

    check: Callable[[str], None] | None = field(default=None, kw_only=True)
    may_be_empty: bool = field(default=True, kw_only=True)

    @property
    def type(self) -> str:
        return "text"

    def from_json(self, given: Any) -> str:
        if not isinstance(given, str):
            raise WrongType("a text is wanted")
        if len(given) > LONGEST_TEXT or "\0" in given:
            raise ValueError(f"a text of up to {LONGEST_TEXT} characters is wanted, without NUL")
        if not given and not self.may_be_empty:
            raise ValueError("some text is wanted")
        if self.check and given:
            self.check(given)
        return given


@dataclass(frozen=True, slots=True)
class Choice(Words):
    choices: tuple[str, ...] = field(kw_only=True)

    @property
    def type(self) -> str:
        return ", ".join(f"`{choice}`" for choice in self.choices)

    def from_json(self, given: Any) -> str:
        if not isinstance(given, str):
            raise WrongType("a text is wanted")
        if given not in self.choices:
            raise ValueError(f"one of {', '.join(self.choices)} is wanted")
        return given


@dataclass(frozen=True, slots=True)
class Secret(Words):
    """Text that is encrypted in the database and never shown again."""

    secret: ClassVar[bool] = True


def _short(number: int) -> str:
    return f"2^{number.bit_length() - 1}" if number > 1 << 32 and number & (number - 1) == 0 else str(number)
