"""Lists as JSON with the link to their next page."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpResponse
from rest_framework.request import Request

from registry_api.oci.errors import Unsupported


def listing(body: dict[str, Any], content_type: str, link: str) -> HttpResponse:
    """``link`` is a ready ``Link`` header (RFC 5988), or empty on the last page."""
    content = orjson.dumps(body)
    headers = {"Content-Length": str(len(content))}
    if link:
        headers["Link"] = link
    return HttpResponse(content, content_type=content_type, headers=headers)


def text_parameter(request: Request, name: str) -> str:
    """A query parameter that goes into a database query; "" where it is missing. Raises Unsupported (status 400) for
    one that holds NUL: no name or type does, and PostgreSQL takes no such text."""
    value: str = request.query_params.get(name, "")
    if "\0" in value:
        raise Unsupported(f"{name} cannot hold NUL", status=400)
    return value
