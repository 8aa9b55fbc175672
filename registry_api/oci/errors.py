"""Refusals as the specification words them (OCI distribution-spec, "Error Codes").

One class per code; every module of this package raises these, or a class of its own derived from them. Whoever answers
the request turns them into a response with ``status``, ``headers`` and ``body()``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

SHOWN = 80


def quoted(text: str) -> str:
    """What a caller sent, cut and escaped so that a message may repeat it: printable ASCII, whatever came in."""
    shown = ascii(text[: SHOWN + 1])
    return shown if len(shown) <= SHOWN else shown[:SHOWN] + "...'"


class OciError(Exception):
    """``status`` is the HTTP status, ``detail`` anything that JSON can hold, ``headers`` go with the response."""

    code: str = "UNKNOWN"
    status: int = 500
    message: str = "the request could not be served"
    default_headers: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def __init__(
        self,
        message: str = "",
        *,
        code: str = "",
        status: int = 0,
        detail: object | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.code = code or self.code
        self.status = status or self.status
        self.message = message or self.message
        self.detail = detail
        self.headers: dict[str, str] = {**self.default_headers, **(headers or {})}
        super().__init__(self.message)

    def body(self) -> bytes:
        """The JSON document ``{"errors": [{"code", "message", "detail"?}]}``, in ASCII."""
        error: dict[str, object] = {"code": self.code, "message": self.message}
        if self.detail is not None:
            error["detail"] = self.detail
        return json.dumps({"errors": [error]}, separators=(",", ":"), default=str).encode("ascii")


class BlobUnknown(OciError):
    code = "BLOB_UNKNOWN"
    status = 404
    message = "blob unknown to registry"


class BlobUploadInvalid(OciError):
    code = "BLOB_UPLOAD_INVALID"
    status = 400
    message = "blob upload invalid"


class UploadOutOfOrder(OciError):
    """A chunk that does not begin where the upload stands ("Pushing a blob in chunks"); the session stays usable."""

    code = "BLOB_UPLOAD_INVALID"
    status = 416
    message = "the chunk does not begin where the upload stands"


class BlobUploadUnknown(OciError):
    code = "BLOB_UPLOAD_UNKNOWN"
    status = 404
    message = "blob upload unknown to registry"


class DigestInvalid(OciError):
    code = "DIGEST_INVALID"
    status = 400
    message = "provided digest did not match uploaded content"


class ManifestBlobUnknown(OciError):
    code = "MANIFEST_BLOB_UNKNOWN"
    status = 404
    message = "manifest references a manifest or blob unknown to registry"


class ManifestInvalid(OciError):
    code = "MANIFEST_INVALID"
    status = 400
    message = "manifest invalid"


class ManifestTooLarge(OciError):
    code = "MANIFEST_INVALID"
    status = 413
    message = "the manifest has more bytes than this registry takes"


class ManifestUnknown(OciError):
    code = "MANIFEST_UNKNOWN"
    status = 404
    message = "manifest unknown to registry"


class NameInvalid(OciError):
    code = "NAME_INVALID"
    status = 400
    message = "invalid repository name"


class NameUnknown(OciError):
    code = "NAME_UNKNOWN"
    status = 404
    message = "repository name not known to registry"


class SizeInvalid(OciError):
    code = "SIZE_INVALID"
    status = 400
    message = "provided length did not match content length"


class RangeInvalid(OciError):
    """The specification has no code of its own for ranges; a range is a length that does not fit the content."""

    code = "SIZE_INVALID"
    status = 416
    message = "the requested range does not fit the content"


class Unauthorized(OciError):
    """``challenge_error`` goes into the challenge (RFC 6750 §3.1: ``invalid_token``, ``insufficient_scope``)."""

    code = "UNAUTHORIZED"
    status = 401
    message = "authentication required"

    def __init__(
        self,
        message: str = "",
        *,
        error: str = "",
        detail: object | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, detail=detail, headers=headers)
        self.challenge_error = error


class Denied(OciError):
    code = "DENIED"
    status = 403
    message = "requested access to the resource is denied"


class Unsupported(OciError):
    """405 for an operation that the registry does not offer; pass ``status=400`` where only its arguments are wrong."""

    code = "UNSUPPORTED"
    status = 405
    message = "the operation is unsupported"


class TooManyRequests(OciError):
    code = "TOOMANYREQUESTS"
    status = 429
    message = "too many requests"
    default_headers = MappingProxyType({"Retry-After": "1"})


class Unavailable(OciError):
    """Nothing is wrong with the request; the same one may succeed after ``Retry-After`` seconds. No code of the
    specification: its list covers 4xx only."""

    code = "UNAVAILABLE"
    status = 503
    message = "the registry cannot serve the request just now"
    default_headers = MappingProxyType({"Retry-After": "5"})
