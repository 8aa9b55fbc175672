"""Lists in JSON beside ``/v2/``, as Harbor and Docker Hub have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from registry_api.remotes.errors import BadAnswer
from registry_api.remotes.session import Session
from registry_api.remotes.transport import Answer

LARGEST_PAGE = 32 << 20  # bytes: artifacts come with all that their configurations say


class JsonApi:
    """``headers`` go with every request, the credentials among them. All methods raise RemoteError."""

    def __init__(self, session: Session, url: str, headers: Mapping[str, str]) -> None:
        self._session = session
        self._url = url
        self._headers = dict(headers)

    def get(self, path: str) -> Any:
        return self.ask("GET", path).json()

    def ask(self, method: str, path: str, *, body: object | None = None, fine: Sequence[int] = ()) -> Answer:
        headers, sent = self._headers, None
        if body is not None:
            headers, sent = {**headers, "Content-Type": "application/json"}, orjson.dumps(body)
        answer = self._session.patience.answer(
            lambda: self._session.transport.exchange(
                method, f"{self._url}{path}", headers=headers, body=sent, limit=LARGEST_PAGE
            )
        )
        return self._session.accepted(answer, fine)


def entries(found: object) -> Iterator[Mapping[str, Any]]:
    """Of a list of objects; null is an empty one. Raises BadAnswer."""
    if found is not None and not isinstance(found, list):
        raise BadAnswer("the list is none")
    for entry in found or ():
        if not isinstance(entry, dict):
            raise BadAnswer("the list has an entry that is not an object")
        yield entry


def text(entry: Mapping[str, Any], key: str) -> str:
    """Raises BadAnswer."""
    value = entry.get(key)
    if not isinstance(value, str):
        raise BadAnswer(f"an entry of the list has no {key}")
    return value
