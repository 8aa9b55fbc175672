"""What a service says when it will not do something. Each door (REST, admin, /v2/) turns these into its own words."""

from __future__ import annotations

from typing import ClassVar


class DomainError(Exception):
    """A refusal that the caller may read. ``status`` is the HTTP status, ``code`` Harbor's word for it.

    ``field`` names the argument that was wrong, where there is one, so that a form can show the message beside it; with
    a dot the part of it that was, as in ``filters.tag``.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "UNKNOWN"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class BadRequest(DomainError):
    status = 400
    code = "BAD_REQUEST"


class Unauthenticated(DomainError):
    status = 401
    code = "UNAUTHORIZED"


class Forbidden(DomainError):
    status = 403
    code = "FORBIDDEN"


class NotFound(DomainError):
    status = 404
    code = "NOT_FOUND"


class Conflict(DomainError):
    status = 409
    code = "CONFLICT"


class Precondition(DomainError):
    """Right and well-formed, but the present state of things forbids it."""

    status = 412
    code = "PRECONDITION"
