"""Markdown that strangers wrote, as HTML that does no harm."""

from __future__ import annotations

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

LONGEST = 256 << 10  # characters; what is longer is shown as it is
TAGS = {
    *("a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre"),
    *("s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
# Of links only those that lead somewhere; pictures would let a stranger see who reads.
SCHEMES = {"http", "https", "mailto"}
_parser = MarkdownIt("js-default").disable("image")


def rendered(text: str) -> SafeString:
    """HTML in it stays text."""
    if len(text) > LONGEST:
        return SafeString(f"<pre>{nh3.clean_text(text)}</pre>")
    html = _parser.render(text)
    return SafeString(
        nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer nofollow")
    )
