"""Trying again what may go well a moment later: connections that were cut, 429, and errors of the server (5xx)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol, TypeVar

from registry_api.remotes.errors import PASSING, RemoteError, Throttled

THROTTLING = frozenset({429, 503})


class Answered(Protocol):
    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


Given = TypeVar("Given", bound=Answered)


@dataclass(frozen=True, slots=True)
class Patience:
    """``tries`` in all; between them ``first`` seconds, doubled each time, or what the other side asks for.

    Who is asked to wait longer than ``longest`` seconds does not wait at all: the error says for how long. ``pause``
    does the waiting, and may raise to end it. One try may take ``connect`` seconds to connect, ``read`` seconds without
    a byte, and ``exchange`` seconds in all where the answer has a limited size.
    """

    tries: int = 5
    first: float = 1.0
    longest: float = 60.0
    pause: Callable[[float], None] = time.sleep
    connect: float = 10.0
    read: float = 60.0
    exchange: float = 120.0

    def answer(self, attempt: Callable[[], Given]) -> Given:
        """The first answer that is not a passing trouble, or the last one. Raises Unreachable, Throttled."""
        for number in range(1, self.tries):
            try:
                answer = attempt()
                if answer.status not in PASSING:
                    return answer
                wait = self._asked(answer) or self.wait(number)
            except RemoteError as error:
                if not error.may_pass or error.retry_after > self.longest:
                    raise
                wait = error.retry_after or self.wait(number)
            self.pause(wait)
        answer = attempt()
        self._asked(answer)
        return answer

    def wait(self, number: int) -> float:
        """Seconds before the next try; spread a little, so that tasks that failed together do not return together."""
        return min(self.first * 2.0 ** (number - 1), self.longest) * random.uniform(0.8, 1.2)

    def _asked(self, answer: Answered) -> float:
        """Seconds that the other side asks for, 0 where it does not. Raises Throttled when that is too long."""
        seconds = retry_after(answer.headers) if answer.status in PASSING else 0.0
        if seconds > self.longest:
            raise throttled(answer)
        return seconds


# For somebody who sits in front of it.
IMPATIENT = Patience(tries=1, connect=5.0, read=10.0, exchange=15.0)


def throttled(answer: Answered) -> RemoteError:
    seconds = retry_after(answer.headers)
    after = f", and wants to be left alone for {seconds:.0f} seconds" if seconds else ""
    return Throttled(
        f"the server has no time for more requests (status {answer.status}){after}", seconds, answer.status
    )


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds of a ``Retry-After`` header (RFC 9110 §10.2.3), a number or a date; 0 where there is none."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
