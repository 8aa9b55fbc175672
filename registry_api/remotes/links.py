"""Where an answer leads: pages, uploads, redirects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin, urlsplit

from registry_api.remotes.errors import BadAnswer

MOST_PAGES = 10_000
NEXT = re.compile(r'<([^<>]*)>\s*(?:;[^,<]*)?;\s*rel="?next"?(?=[\s;,]|$)')


def joined(url: str, location: str) -> str:
    """The absolute address of ``location`` as an answer from ``url`` means it.

    Raises BadAnswer for none, and for one that leaves TLS: what was sent in secret would go on in clear.
    """
    try:
        found = urljoin(url, location) if location else ""
        scheme, before = urlsplit(found).scheme, urlsplit(url).scheme
    except ValueError as error:
        raise BadAnswer("the answer leads to something that is no address") from error
    if not found:
        raise BadAnswer("the answer does not say where to go on")
    if before == "https" and scheme != "https":
        raise BadAnswer("the answer leads from https to an address without TLS")
    return found


def is_same_origin(url: str, other: str) -> bool:
    """Whether credentials for one may go to the other."""
    one, two = urlsplit(url), urlsplit(other)
    return (one.scheme, one.hostname, one.port) == (two.scheme, two.hostname, two.port)


def next_page(url: str, headers: Mapping[str, str]) -> str | None:
    """The address of the next page, of the same server (RFC 8288). Raises BadAnswer."""
    link = NEXT.search(headers.get("Link", ""))
    if link is None:
        return None
    found = joined(url, link[1])
    if not is_same_origin(url, found):
        raise BadAnswer("the next page of the list is on another server")
    if found == url:
        raise BadAnswer("the next page of the list is the page itself")
    return found


def page_numbers() -> Iterator[int]:
    """From 1 up to more pages than an honest list has. Raises BadAnswer in the place of the next one."""
    yield from range(1, MOST_PAGES + 1)
    raise BadAnswer(f"the list does not end after {MOST_PAGES} pages")
