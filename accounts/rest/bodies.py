"""Bodies of REST requests: JSON, small, and of whatever length their sender says or does not say."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import orjson
from django.http import HttpRequest
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

from accounts.errors import BadRequest

MOST_BYTES = 1 << 20


class TooLarge(APIException):
    status_code = 413
    default_detail = f"a body has up to {MOST_BYTES} bytes here"


class JsonParser(JSONParser):
    """Strict: no NaN, no halves of surrogate pairs, and nothing nested deeper than anybody means."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return orjson.loads(stream.read())
        except ValueError as error:
            raise ParseError(f"the body is not JSON: {error}") from error


def gather_body(request: HttpRequest) -> None:
    """Has the whole body at hand, where its length was not said beforehand: Go's clients send JSON in chunks.

    Raises TooLarge, BadRequest (the body broke off or is framed wrongly).
    """
    length = str(request.META.get("CONTENT_LENGTH") or "")
    if length.isdigit() and int(length) > MOST_BYTES:
        raise TooLarge
    if length or not request.META.get("HTTP_TRANSFER_ENCODING"):
        return
    try:
        body = request.META["wsgi.input"].read(MOST_BYTES + 1)
    except OSError as error:
        raise BadRequest(f"the body cannot be read: {error}") from error
    if len(body) > MOST_BYTES:
        raise TooLarge
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = BytesIO(body)  # where Django keeps what it will read
