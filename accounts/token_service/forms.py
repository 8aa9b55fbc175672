"""The form of an OAuth2 request, read as it comes.

Some clients (skopeo, podman, buildah) send it chunked, which Django under WSGI shows as an empty body; so it is read
from the server's own stream.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from registry_api.oci.errors import OciError

LONGEST_FORM = 64 << 10  # bytes
MOST_FIELDS = 300
CONTENT_TYPE = "application/x-www-form-urlencoded"

Form = dict[str, list[str]]


class FormInvalid(OciError):
    code = "BAD_REQUEST"
    status = 400
    message = "a form (application/x-www-form-urlencoded) is wanted"


class FormTooLarge(OciError):
    code = "BAD_REQUEST"
    status = 413
    message = f"a form may have at most {LONGEST_FORM} bytes"


def read_form(environ: Mapping[str, Any]) -> Form:
    """The fields of the request's form. Raises FormInvalid, FormTooLarge."""
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != CONTENT_TYPE:
        raise FormInvalid
    try:
        text = _body(environ).decode()
        return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise FormInvalid from None


def field(form: Form, name: str) -> str:
    """The first value of a field, "" where there is none."""
    return form.get(name, [""])[0]


def _body(environ: Mapping[str, Any]) -> bytes:
    """At most :data:`LONGEST_FORM` bytes; what is announced to be more is not read at all."""
    length = _announced_length(environ)
    if length is not None and length > LONGEST_FORM:
        raise FormTooLarge
    body = _read(environ, LONGEST_FORM + 1 if length is None else length)
    if len(body) > LONGEST_FORM:
        raise FormTooLarge
    if length is not None and len(body) < length:
        raise FormInvalid("the form ended early")
    return body


def _announced_length(environ: Mapping[str, Any]) -> int | None:
    """None for a chunked body."""
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return None
    text = environ.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise FormInvalid
    return int(text)


def _read(environ: Mapping[str, Any], most: int) -> bytes:
    """Up to ``most`` bytes, by as many readings as the server needs."""
    pieces: list[bytes] = []
    left = most
    try:
        while left and (piece := environ["wsgi.input"].read(left)):
            pieces.append(piece)
            left -= len(piece)
    except OSError:
        raise FormInvalid("the form ended early or is malformed") from None
    return b"".join(pieces)
