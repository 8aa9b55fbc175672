"""JSON that can be read in one way only (RFC 8259, and I-JSON, RFC 7493).

A manifest's digest covers its bytes, not what a reader makes of them. Where two readers could disagree (OCI advisory
GHSA-mc8v-mgrf-8f4m), an image that was checked here would be another one for the client: such documents are refused.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from registry_api.oci.errors import ManifestInvalid, quoted

DEEPEST = 64
TOO_DEEP = f"the manifest is nested more than {DEEPEST} levels deep"
SURROGATE = re.compile("[\ud800-\udfff]")


def read_document(content: bytes) -> dict[str, Any]:
    """The JSON object that is all of ``content``, in UTF-8. Raises ManifestInvalid.

    Refused besides what is no JSON: keys that occur twice with different values, NaN and infinities, numbers of
    thousands of digits, more than 64 levels.
    """
    try:
        document = DECODER.decode(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ManifestInvalid("the manifest is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise ManifestInvalid(f"the manifest is not JSON: {error}") from error
    except RecursionError as error:
        raise ManifestInvalid(TOO_DEEP) from error
    except ValueError as error:  # int() refuses more digits than it could read in reasonable time
        raise ManifestInvalid("the manifest has a number of too many digits") from error
    if not isinstance(document, dict):
        raise ManifestInvalid("the manifest is not a JSON object")
    require_shallow(document, content)
    return document


def is_text(value: object) -> bool:
    """Whether a parsed value is a string that can be stored and sent again: no NUL, no half of a surrogate pair."""
    return isinstance(value, str) and "\0" not in value and (value.isascii() or SURROGATE.search(value) is None)


class KnownKeys:
    """The keys that a kind of object is read by."""

    def __init__(self, *names: str) -> None:
        self.names = frozenset(names)
        self._folded = frozenset(name.casefold() for name in names)

    def require_exact(self, found: dict[str, Any], where: str) -> None:
        """Raises ManifestInvalid for a key that only some readers take for a known one: Go's ignore the case."""
        for key in found.keys() - self.names:
            if key.casefold() in self._folded:
                raise ManifestInvalid(f"{where} has the key {quoted(key)}, which some readers take for another one")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        for key, value in pairs:
            if repr(made[key]) != repr(value):  # to == true and 1 are the same
                raise ManifestInvalid(f"the key {quoted(key)} occurs twice with different values")
    return made


def _constant(text: str) -> NoReturn:
    raise ManifestInvalid(f"{text} is not a JSON number")


def require_shallow(document: dict[str, Any], content: bytes) -> None:
    """Raises ManifestInvalid for what is nested deeper than :data:`DEEPEST`. ``content`` is the document as it came."""
    # Without that many brackets nothing can be too deep; counting them is far quicker than looking.
    if content.count(b"{") + content.count(b"[") <= DEEPEST:
        return
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        level = [
            value
            for parent in level
            for value in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(value, dict | list)
        ]
        if not level:
            return
    raise ManifestInvalid(TOO_DEEP)


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
