"""What the texts of configuration items may say. Each check raises ValueError with what is wanted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import urlsplit

# What Basic credentials and a shell's command line take, ending so that it cannot run into the name behind it.
ROBOT_PREFIX = re.compile(r"[A-Za-z0-9._$+~@-]{0,31}[$+~@._-]")


def address(*schemes: str) -> Callable[[str], None]:
    """A check for ``scheme://host…``."""
    wanted = f"an address is wanted that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}"

    def check(text: str) -> None:
        try:
            parts = urlsplit(text)
            usable = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            usable = False
        if not usable:
            raise ValueError(wanted)

    return check


def robot_prefix(text: str) -> None:
    if not ROBOT_PREFIX.fullmatch(text):
        raise ValueError("a prefix is wanted of up to 32 letters, digits or . _ $ + ~ @ -, with one of the signs last")


def pattern(text: str) -> None:
    try:
        re.compile(text)
    except re.error:
        raise ValueError("a regular expression is wanted") from None


def text_map(text: str) -> None:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not all(isinstance(value, str) for value in document.values()):
        raise ValueError('a JSON object of texts is wanted, such as {"prompt": "login"}')


def events(text: str) -> None:
    # Not at the top: the settings read this file, when there is no Django yet.
    from audit.events import EVENTS

    unknown = sorted(event_names(text) - frozenset(EVENTS))
    if unknown:
        raise ValueError(f"there is no event {unknown[0][:64]}; GET /auditlog-exts/events lists them")


def event_names(text: str) -> frozenset[str]:
    return frozenset(name for part in text.split(",") if (name := part.strip()))
