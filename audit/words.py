"""What is recorded, in the language of whoever reads it: in English by the names that one searches for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext, pgettext_lazy

from audit.events import EVENTS, RESOURCE_TYPES

KNOWN = frozenset((*EVENTS, *RESOURCE_TYPES))
# The first word of each operation, alone.
VERBS: Mapping[str, Any] = {
    "collect": pgettext_lazy("operation", "collect"),
    "create": pgettext_lazy("operation", "create"),
    "delete": pgettext_lazy("operation", "delete"),
    "execute": pgettext_lazy("operation", "execute"),
    "login": pgettext_lazy("operation", "sign in"),
    "logout": pgettext_lazy("operation", "sign out"),
    "move": pgettext_lazy("operation", "move"),
    "pause": pgettext_lazy("operation", "pause"),
    "pull": pgettext_lazy("operation", "pull"),
    "purge": pgettext_lazy("operation", "purge"),
    "resend": pgettext_lazy("operation", "send again"),
    "resume": pgettext_lazy("operation", "resume"),
    "revoke": pgettext_lazy("operation", "revoke"),
    "rotate": pgettext_lazy("operation", "rotate"),
    "schedule": pgettext_lazy("operation", "schedule"),
    "scrub": pgettext_lazy("operation", "scrub"),
    "start": pgettext_lazy("operation", "start"),
    "stop": pgettext_lazy("operation", "stop"),
    "test": pgettext_lazy("operation", "test"),
    "update": pgettext_lazy("operation", "update"),
}


def name_in_words(name: str) -> str:
    """Of an operation or a kind of resource; the name itself where there are no words for it."""
    return gettext(name) if name in KNOWN else name


def plainly(name: str) -> str:
    """For those who choose one of them and need not know the name: in English without its underscores, too."""
    return name_in_words(name).replace("_", " ")


plainly_lazy = lazy(plainly, str)
