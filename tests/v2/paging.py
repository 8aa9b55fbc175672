"""Links between the pages of a list."""

from __future__ import annotations

import re

from tests.conformance.client import Answer

LINK = re.compile(r'<([^<>\s]+)>; rel="next"')


def next_page(answer: Answer) -> str | None:
    """Where the next page is (RFC 5988); None on the last one."""
    header = answer.header("Link")
    if header is None:
        return None
    found = LINK.fullmatch(header)
    assert found, f"{answer}: Link is {header!r}"
    return found[1]
