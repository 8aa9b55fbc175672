"""Requests that the poller answers by itself: plain ones whose answer and whose token this process knows.

Nothing is decided here that a view has not decided: the answer is one that a view gave a moment ago, to somebody with
the same right, and the token is one that was verified a moment ago.
"""

from __future__ import annotations

import secrets
from itertools import count
from typing import NamedTuple

from accounts.token_service import verified
from portal.server.heads import PlainRequest, plain_head
from portal.server.lines import SERVER, date_line
from registry_api.fastpath import answers, pulls

_BEGINNING = f"HTTP/1.1 200 OK\r\nServer: {SERVER}\r\n".encode("ascii")
_KEEP_ALIVE = b"Connection: keep-alive\r\n"

# Ids of this process's answers: as long as those that the views' side makes, for a fraction of their price.
_process = secrets.token_hex(8).encode("ascii")
_number = count()


class Ready(NamedTuple):
    """``file`` is (path, offset, number of bytes) of a body that is not at hand."""

    head: bytes
    body: bytes
    path: bytes
    file: tuple[str, int, int] | None


def ready_answer(head: bytes) -> Ready | None:
    """The finished answer to the request with this head (without the empty line at its end); None: ask the views."""
    plain = plain_head(head)
    if plain is None or plain.question is None:
        return None
    request = plain.question
    answer = answers.look_up(request.path)
    if answer is None or (answer.head_only and not request.is_head):
        return None
    grant = verified.get(request.authorization)
    if grant is None or (answer.repository and not grant.allows(answer.repository, "pull")):
        return None
    if request.is_head and answer.repository and not answer.promises and grant.allows(answer.repository, "push"):
        return None
    head = b"".join((_BEGINNING, date_line(), _KEEP_ALIVE, answer.headers, _request_id(request)))
    if request.is_head:
        return Ready(head, b"", request.path, None)
    if answer.counted is not None:
        pulls.count(*answer.counted, grant.actor.name)
    return Ready(head, answer.body, request.path, answer.file)


def forget(path: bytes) -> None:
    """Of an answer whose file cannot be sent."""
    answers.shelf.drop(path)


def _request_id(request: PlainRequest) -> bytes:
    return b"X-Request-Id: %b\r\n\r\n" % (request.request_id or b"%b%016x" % (_process, next(_number)))
