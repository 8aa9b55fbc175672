"""Refusals of services in the language of the page.

Services speak English: programs read what they say at the REST interface. Each app lists the sentences of its services
in a module ``refusals``, with words in braces for what differs from case to case; what was said is found again among
them, and said in another language.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext

# Characters; whoever sends in more than that to be told so reads it in English.
LONGEST = 1000
BLANK = re.compile(r"\{(\w+)\}")
# Blanks that are filled with what the services themselves say; all others with names and numbers, which stay.
SAID = frozenset({"reason", "what"})


def refusal_in_words(message: str) -> str:
    """The message in the present language, with reasons inside it; as it is, where there are no words for it."""
    if len(message) > LONGEST:
        return message
    plain, forms = _sentences()
    if message in plain:
        return gettext(message)
    for template, form in forms:
        if found := form.fullmatch(message):
            return _filled(gettext(template), found.groupdict())
    return message


def templates() -> list[str]:
    """Of all apps."""
    found: list[str] = []
    for app in apps.get_app_configs():
        if module_has_submodule(app.module, "refusals"):
            found += import_module(f"{app.name}.refusals").TEMPLATES
    return found


def _filled(template: str, values: dict[str, str]) -> str:
    words = {name: refusal_in_words(value) if name in SAID else value for name, value in values.items()}
    return BLANK.sub(lambda blank: words[blank[1]], template)


@cache
def _sentences() -> tuple[frozenset[str], list[tuple[str, re.Pattern[str]]]]:
    """Those without blanks, and the others with their forms: those that say most by themselves first."""
    every = templates()
    plain = frozenset(each for each in every if not BLANK.search(each))
    rest = sorted(set(every) - plain, key=lambda each: -len(BLANK.sub("", each)))
    return plain, [(each, _form(each)) for each in rest]


def _form(template: str) -> re.Pattern[str]:
    parts = BLANK.split(template)
    written = "".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
    return re.compile(written, re.DOTALL)
