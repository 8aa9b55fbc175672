"""How the REST API says what went wrong (Harbor: ``{"errors": [{"code": …, "message": …}]}``)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypedDict

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response

from accounts.errors import DomainError
from accounts.lockout import LockedOut
from audit import context
from registry_api import sql
from registry_api.oci.errors import OciError

log = logging.getLogger("portolan.rest")

# Harbor's word where it is not simply the status in capitals.
CODES = {429: "TOO_MANY_REQUEST", 500: "UNKNOWN"}
DATABASE_AWAY = "the database cannot be reached, try again shortly"


class ErrorShown(TypedDict):
    code: str
    message: str


class ErrorsShown(TypedDict):
    errors: list[ErrorShown]


def answer_error(error: Exception, where: Mapping[str, Any]) -> Response:
    """DRF's exception handler: refusals in their own words, everything else as a request id and nothing about us."""
    if isinstance(error, LockedOut):
        return refusal(error.status, error.message, headers={"Retry-After": str(error.retry_after)})
    if isinstance(error, DomainError | OciError):
        return refusal(error.status, error.message, code=error.code, headers=getattr(error, "headers", None))
    if isinstance(error, ValidationError):
        return refusal(422, "; ".join(_told(error.detail)))
    if isinstance(error, APIException):
        return refusal(error.status_code, str(error.detail))
    if isinstance(error, Http404):
        return refusal(404, "there is nothing at this address")
    if isinstance(error, PermissionDenied):
        return refusal(403, str(error) or "this is not allowed")
    if isinstance(error, SuspiciousOperation):
        return refusal(400, "this request cannot be understood")
    return _fault(error, where)


def refusal(status: int, message: str, *, code: str = "", headers: Mapping[str, str] | None = None) -> Response:
    code = code or CODES.get(status) or HTTPStatus(status).phrase.upper().replace(" ", "_")
    shown: ErrorsShown = {"errors": [{"code": code, "message": message}]}
    return Response(shown, status=status, headers=headers)


def _fault(error: Exception, where: Mapping[str, Any]) -> Response:
    request, request_id = where["request"], context.current().request_id
    if isinstance(error, sql.PASSING):
        log.error("request %s: %s %s could not be served: %s", request_id, request.method, request.path, error)
        return refusal(503, DATABASE_AWAY, headers={"Retry-After": "5"})
    log.error("request %s failed: %s %s", request_id, request.method, request.path, exc_info=error)
    return refusal(500, f"internal server error, request id {request_id}")


def _told(detail: Any, where: str = "") -> Iterator[str]:
    """What DRF's serializers found wrong, a sentence each: ``role_id: A valid integer is required.``"""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            place = where if name == "non_field_errors" else f"{where}.{name}" if where else str(name)
            yield from _told(inner, place)
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            # A list of messages belongs to one place; a list of lists and objects has places of its own.
            yield from _told(inner, where if isinstance(inner, str) else f"{where}[{position}]")
    else:
        yield f"{where}: {detail}" if where else str(detail)
