"""Answers that views gave to plain GET requests, kept for the next one who asks the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from accounts import generations
from registry_api.services.changes import repository_counter

MOST_BYTES = 64 << 20  # of all answers that one process keeps
MOST_ANSWERS = 50_000
LARGEST_BODY = 4 << 20  # bytes: a manifest of the greatest size still fits
OVERHEAD = 512  # bytes that an answer takes beside its head and body, roughly


@dataclass(frozen=True, slots=True)
class Answer:
    """What a GET of a path gets. ``headers`` are finished lines, each with its CRLF.

    ``file`` is (path, offset, number of bytes) where the body is part of a file; ``counted`` is what a GET adds to
    the pulls: (repository id, manifest id, tag or ""). ``repository`` "" is for every valid token. ``head_only`` marks
    the answer to a HEAD whose GET has not been asked for: it has the headers of both and no body. ``promises``: whoever
    may push may count on what it says, after a HEAD.
    """

    repository: str
    slot: int
    generation: int
    born: float
    headers: bytes
    body: bytes
    file: tuple[str, int, int] | None
    counted: tuple[int, int, str] | None
    head_only: bool = False
    promises: bool = False

    @property
    def weight(self) -> int:
        return OVERHEAD + len(self.headers) + len(self.body)


class Shelf:
    """Two halves: answers in use move to the new half; when it is full, the old half goes and the new one ages.

    That bounds the memory and keeps what is asked for, without a list to reorder at each look-up.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, most_answers: int = MOST_ANSWERS) -> None:
        self._half_bytes = most_bytes // 2
        self._half_answers = most_answers // 2
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        self._new: dict[bytes, Answer] = {}
        self._old: dict[bytes, Answer] = {}
        self._weight = 0

    def put(self, path: bytes, answer: Answer) -> None:
        weight = answer.weight + len(path)
        with self._lock:
            replaced = self._new.pop(path, None)
            if replaced is not None:
                self._weight -= replaced.weight + len(path)
            if self._weight + weight > self._half_bytes or len(self._new) >= self._half_answers:
                self._old, self._new, self._weight = self._new, {}, 0
            self._old.pop(path, None)
            self._new[path] = answer
            self._weight += weight

    def get(self, path: bytes) -> Answer | None:
        answer = self._new.get(path)
        if answer is None:
            answer = self._old.get(path)
            if answer is not None:
                self.put(path, answer)
        return answer

    def drop(self, path: bytes) -> None:
        with self._lock:
            dropped = self._new.pop(path, None)
            if dropped is not None:
                self._weight -= dropped.weight + len(path)
            self._old.pop(path, None)

    def __len__(self) -> int:
        return len(self._new) + len(self._old)


shelf = Shelf()


def remember(
    path: bytes,
    *,
    repository: str,
    generation: int,
    headers: Iterable[tuple[str, str]],
    body: bytes = b"",
    file: tuple[str, int, int] | None = None,
    counted: tuple[int, int, str] | None = None,
    head_only: bool = False,
    promises: bool = False,
) -> None:
    """Keep the answer (200) to a GET of exactly this path, as it stood in the request line.

    ``generation`` is the repository's counter, read before the query; it counts for nothing where ``repository`` is "".
    ``headers`` are those of a GET, with Content-Length. Nothing is kept while ``settings.FAST_PATH`` is off.
    """
    if not settings.FAST_PATH or len(body) > LARGEST_BODY:
        return
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    answer = Answer(
        repository=repository,
        slot=generations.slot_of(repository_counter(repository)),
        generation=generation,
        born=time.monotonic(),
        headers=lines.encode("latin-1"),
        body=body,
        file=file,
        counted=counted,
        head_only=head_only,
        promises=promises,
    )
    shelf.put(path, answer)


def look_up(path: bytes) -> Answer | None:
    """The answer to a GET of this path, if it may still be believed. Who may see it is not asked here."""
    answer = shelf.get(path)
    if answer is None:
        return None
    if time.monotonic() - answer.born > settings.FAST_PATH_MAX_AGE:
        shelf.drop(path)
        return None
    if answer.repository and generations.counter_file().numbers[answer.slot] != answer.generation:
        shelf.drop(path)
        return None
    return answer


def forget_all() -> None:
    shelf.clear()
