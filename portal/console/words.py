"""What the parts of the product are called by people."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

PARTS: dict[str, Promise] = {
    "core": pgettext_lazy("part", "core"),
    "database": pgettext_lazy("part", "database"),
    "jobservice": pgettext_lazy("part", "jobservice"),
    "portal": pgettext_lazy("part", "portal"),
    "redis": pgettext_lazy("part", "redis"),
    "registry": pgettext_lazy("part", "registry"),
    "registryctl": pgettext_lazy("part", "registryctl"),
}


def part_in_words(name: str) -> str:
    """``name`` is Harbor's."""
    return str(PARTS.get(name, name))
