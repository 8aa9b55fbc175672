"""Answers that are given before, or instead of, any application: the same JSON as everywhere else."""

from __future__ import annotations

import json
from typing import Any

from portal.server.lines import SERVER, date_line

CODES = {408: "REQUEST_TIMEOUT", 414: "URI_TOO_LONG", 417: "EXPECTATION_FAILED", 431: "HEADERS_TOO_LARGE"}
REASONS = {408: "Request Timeout", 431: "Request Header Fields Too Large", 500: "Internal Server Error"}


def refusal(status: int, message: str, *, reason: str = "") -> bytes:
    """A whole answer, after which the connection is closed."""
    code = CODES.get(status, "BAD_REQUEST" if status < 500 else "UNKNOWN")
    body = json.dumps({"errors": [{"code": code, "message": message}]}, separators=(",", ":")).encode("ascii")
    head = (
        f"HTTP/1.1 {status} {reason or REASONS[status]}\r\nServer: {SERVER}\r\n{date_line().decode('ascii')}"
        f"Connection: close\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


class StatusTaker:
    """Stands in for a socket, to learn from gunicorn's own error page which status an error stands for."""

    def __init__(self) -> None:
        self.status, self.reason = 500, "Internal Server Error"

    def gettimeout(self) -> float:
        return 0.0

    def sendall(self, page: bytes) -> None:
        _, status, reason = page.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        self.status, self.reason = int(status), reason

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"only an error page can be written to this, not {name}")
