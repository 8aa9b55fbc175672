"""Lists as JSON with the link to their next page."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpResponse


def listing(body: dict[str, Any], content_type: str, link: str) -> HttpResponse:
    """``link`` is a ready ``Link`` header (RFC 5988), or empty on the last page."""
    content = orjson.dumps(body)
    headers = {"Content-Length": str(len(content))}
    if link:
        headers["Link"] = link
    return HttpResponse(content, content_type=content_type, headers=headers)
