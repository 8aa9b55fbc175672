"""What can go wrong with somebody else's server.

Every message may be shown to whoever set the server's address: it names hosts as they were written, never an address
that a name resolved to, and never a credential.
"""

from __future__ import annotations

# Statuses of a server that has no time or no room now, or is out of order for a while.
PASSING = frozenset({408, 429, 500, 502, 503, 504, 507})


class RemoteError(Exception):
    """The other side cannot be used as asked; the message says why.

    ``may_pass``: the same may go well later. ``retry_after``: in so many seconds, where the other side has said when.
    """

    may_pass = False
    retry_after = 0.0

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AddressRefused(RemoteError):
    """The URL is not one that may be reached from here, or not one at all. Nothing was sent."""


class Unreachable(RemoteError):
    """No connection, no answer in time, or the connection was cut."""

    may_pass = True


class Untrusted(Unreachable):
    """The other side's certificate is not good, or its TLS cannot be spoken."""

    may_pass = False


class UnusableCertificate(RemoteError):
    """What was given as the authority's certificate is none. Nothing was sent."""


class Unauthorized(RemoteError):
    """The credentials are wrong, missing, or do not reach as far as what was asked (401, 403)."""


class Refused(RemoteError):
    """The other side answered with an error; ``status`` is the HTTP status, ``code`` its own word for it or ""."""

    def __init__(self, message: str, status: int, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.may_pass = status in PASSING


class NotThere(Refused):
    """The other side does not have it (404)."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message, 404, code)


class Throttled(Refused):
    """The other side wants fewer requests (429), or has no time now (503); ``retry_after`` in seconds."""

    def __init__(self, message: str, retry_after: float, status: int = 429) -> None:
        super().__init__(message, status)
        self.retry_after = retry_after


class BadAnswer(RemoteError):
    """The answer is garbage, has the wrong digest or length, is too long, or leads where nothing may lead."""
