"""Pages of lists (OCI distribution-spec, "Listing tags"; RFC 5988 for ``Link``)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from registry_api.oci.errors import Unsupported, quoted

MOST_DIGITS = 18


def parse_n(text: str | None, default: int, maximum: int) -> int:
    """How many entries the parameter ``n`` asks for, at most ``maximum``; ``default`` where it is missing.

    Raises Unsupported (status 400) when it is no number, or a negative one.
    """
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()):
        raise Unsupported(f"n is a number of entries, not {quoted(text)}", status=400)
    return maximum if len(text) > MOST_DIGITS else min(int(text), maximum)


def next_link(path: str, params: Mapping[str, str]) -> str:
    """The ``Link`` header that leads to the next page."""
    query = urlencode(params, quote_via=quote, errors="replace")
    return f'<{quote(path, safe="/:", errors="replace")}?{query}>; rel="next"'
