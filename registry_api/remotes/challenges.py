"""Reading ``WWW-Authenticate`` (RFC 9110 §11.6.1): one header may hold several challenges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

LONGEST = 8192  # characters
TOKEN = re.compile(r"[\s,]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)")
VALUE = re.compile(r'\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))')
ESCAPED = re.compile(r"\\(.)")


class Challenge(NamedTuple):
    """Scheme and names of parameters in lower case."""

    scheme: str
    parameters: Mapping[str, str]


def read_challenges(header: str) -> list[Challenge]:
    """What can be read of it, in its order."""
    found: list[tuple[str, dict[str, str]]] = []
    header, place = header[:LONGEST], 0
    while token := TOKEN.match(header, place):
        place = token.end()
        if value := VALUE.match(header, place):
            place = value.end()
            if found:
                text = value[2] if value[1] is None else ESCAPED.sub(r"\1", value[1])
                found[-1][1][token[1].lower()] = text
        else:
            found.append((token[1].lower(), {}))
    return [Challenge(scheme, parameters) for scheme, parameters in found]
