"""Requests to one registry, signed in, tried again, and with every refusal turned into an error of ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from registry_api.remotes.addresses import Reach
from registry_api.remotes.endpoint import Endpoint
from registry_api.remotes.errors import BadAnswer, NotThere, Refused, RemoteError, Unauthorized
from registry_api.remotes.links import is_same_origin, joined
from registry_api.remotes.patience import THROTTLING, Patience, throttled
from registry_api.remotes.tokens import Scopes, Tokens
from registry_api.remotes.transport import Answer, Body, Stream, Transport

MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
LONGEST_MESSAGE = 200  # characters of what the other side says
ERROR_LIMIT = 64 << 10  # bytes


class Session:
    """One registry for one signed-in caller; for several threads at once."""

    def __init__(self, endpoint: Endpoint, patience: Patience) -> None:
        self.url = endpoint.url
        self.patience = patience
        self.transport = Transport(
            reach=Reach.PRIVATE,
            home=endpoint.url,
            insecure=endpoint.insecure,
            ca_certificate=endpoint.ca_certificate,
            connect_seconds=patience.connect,
            read_seconds=patience.read,
            exchange_seconds=patience.exchange,
        )
        self.tokens = Tokens(self.transport, endpoint.credential)
        self.keeping_referrers = threading.Lock()

    def ask(
        self,
        method: str,
        path: str,
        *,
        scopes: Scopes = (),
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        fine: Sequence[int] = (),
        **limits: Any,
    ) -> Answer:
        """Tried again as patience has it. ``path`` may be a whole address, too.

        A status that is an error is raised as such unless it is among ``fine``. Raises RemoteError.
        """
        url = joined(f"{self.url}/", path) if "://" in path else f"{self.url}{path}"
        answer = self.patience.answer(lambda: self.send(method, url, scopes, headers=headers, body=body, **limits))
        return self.accepted(answer, fine)

    def send(
        self,
        method: str,
        url: str,
        scopes: Scopes,
        *,
        headers: Mapping[str, str] | None = None,
        body: Body = None,
        seconds: float | None = None,
        **limits: Any,
    ) -> Answer:
        """One attempt, and after a 401 another where the body can be sent again; whatever the status is."""
        given = dict(headers or {})
        if not is_same_origin(self.url, url):
            return self.transport.exchange(method, url, headers=given, body=body, seconds=seconds, **limits)
        used = self.tokens.header(scopes)
        answer = self.transport.exchange(
            method, url, headers=_signed(given, used), body=body, seconds=seconds, **limits
        )
        if answer.status != 401 or not (body is None or isinstance(body, bytes)):
            return answer
        better = self.tokens.answer_to(answer, scopes, used)
        return self.transport.exchange(
            method, url, headers=_signed(given, better), body=body, seconds=seconds, **limits
        )

    @contextmanager
    def open(self, path: str, *, scopes: Scopes, headers: Mapping[str, str]) -> Iterator[Stream]:
        """A GET whose body is read by the caller, whatever its status is.

        Redirects are followed, to other servers without credentials. Raises RemoteError.
        """
        with ExitStack() as opened:
            yield self.patience.answer(lambda: self._opened(opened, f"{self.url}{path}", scopes, headers))

    def _opened(self, opened: ExitStack, url: str, scopes: Scopes, headers: Mapping[str, str]) -> Stream:
        def get(url: str, authorization: str) -> Stream:
            opened.close()
            return opened.enter_context(self.transport.stream("GET", url, headers=_signed(headers, authorization)))

        authorization = self.tokens.header(scopes)
        stream = get(url, authorization)
        if stream.status == 401:
            authorization = self.tokens.answer_to(whole(url, stream), scopes, authorization)
            stream = get(url, authorization)
        for _ in range(MOST_REDIRECTS):
            if stream.status not in REDIRECTS:
                return stream
            url = joined(url, stream.headers.get("Location", ""))
            stream = get(url, authorization if is_same_origin(self.url, url) else "")
        if stream.status in REDIRECTS:
            raise BadAnswer(f"more than {MOST_REDIRECTS} redirects in a row")
        return stream

    def accepted(self, answer: Answer, fine: Sequence[int] = ()) -> Answer:
        """The answer itself, unless its status is an error that is not among ``fine``. Raises RemoteError."""
        if 200 <= answer.status < 300 or answer.status in fine:
            return answer
        raise refusal(answer)

    def interrupt(self) -> None:
        self.transport.interrupt()

    def close(self) -> None:
        self.transport.close()


def whole(url: str, stream: Stream) -> Answer:
    """An answer that turned out to be an error, with the beginning of its body."""
    try:
        body = stream.read_all(ERROR_LIMIT)
    except BadAnswer:
        body = b""
    return Answer(url, stream.status, stream.headers, body)


def refusal(answer: Answer) -> RemoteError:
    """What an answer with an error status means."""
    code, message = _said(answer)
    said = f": {message}" if message else ""
    if answer.status in THROTTLING:
        return throttled(answer)
    if answer.status == 404:
        return NotThere(f"not found{said}", code)
    if answer.status == 401:
        return Unauthorized(f"the registry does not take the credentials{said}")
    if answer.status == 403:
        return Unauthorized(f"the registry forbids it{said}")
    if answer.status in REDIRECTS:
        return BadAnswer(f"a redirect (status {answer.status}) where none is followed")
    return Refused(f"the registry answers with status {answer.status}{said}", answer.status, code)


def _said(answer: Answer) -> tuple[str, str]:
    """Code and message of the first error of the body, as registries write them; "" where there is none."""
    try:
        first = answer.json()["errors"][0]
        code, message = first.get("code", ""), first.get("message", "")
    except (BadAnswer, LookupError, TypeError, AttributeError):
        return "", ""
    return _printable(code), _printable(message)


def _printable(value: object) -> str:
    text = value[:LONGEST_MESSAGE] if isinstance(value, str) else ""
    return "".join(character for character in text if character.isprintable())


def _signed(headers: Mapping[str, str], authorization: str) -> dict[str, str]:
    return {**headers, "Authorization": authorization} if authorization else dict(headers)
