"""Fields of bodies, as strict as Go's JSON: a number is no text, and a text no number."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

LARGEST = 2**63 - 1


class Text(serializers.CharField):
    """Blanks at the ends are kept, and an empty one is a text too: services judge what it says."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_blank": True, "trim_whitespace": False, **options})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": -LARGEST - 1, "max_value": LARGEST, **options})

    def to_internal_value(self, data: Any) -> int:
        # Exactly int: to Python true is a number too.
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data
