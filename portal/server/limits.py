"""How long and how much a client may ask for. Seconds and bytes throughout."""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass

# Databases, logs, blobs being written, libraries.
DESCRIPTORS_OF_OUR_OWN = 256


@dataclass(frozen=True, slots=True)
class Limits:
    head_bytes: int = 64 << 10
    """A request head that has no end within these gets 431. Tokens with many scopes exceed the usual 8 KiB."""
    head_seconds: float = 15.0
    """From the first byte of a head to its last."""

    prefetch_bytes: int = 32 << 10
    """A body begins on the poller: a thread gets the request once it is whole or this much of it has arrived."""
    chunked_patience: float = 1.0
    """A chunked body does not say how long it is, so a thread gets it after this time at the latest."""

    progress_bytes: int = 16 << 10
    """A body, or an answer on its way out, has to move on by this much ..."""
    progress_seconds: float = 60.0
    """... within this time; else the client counts as gone."""

    linger_seconds: float = 2.0
    """After the last answer: the time for the client to take it before the connection is closed for good."""
    linger_bytes: int = 8 << 20
    """What such a client may go on sending meanwhile, unread."""

    stop_seconds: float = 1.0
    """A stopping worker keeps idle connections for so long, for requests that are already on their way."""
    stop_reserve: float = 2.0
    """So long before the end of the graceful time-out, bodies still on their way are ended; what arrived is kept."""

    sweep_seconds: float = 1.0
    """How often connections that wait are looked through; the precision of all times above."""

    crew: int = 5
    """Threads that take turns at the poller, where short requests are answered; all but one may be held up at once."""
    short_threads: int = 4
    """Registry requests that ask only the database. More threads would only fight for the interpreter."""
    portal_threads: int = 8
    """Pages, the REST interface and tokens: password hashing and directories take their time."""
    wide_threads: int = 64
    """Bodies and files."""
    most_threads: int = 512
    """Of each pool, with those that wait for a client's bytes."""
    crowded_seconds: float = 2.0
    """How long an idle connection or an unfinished head is kept while there is hardly room for new connections."""


def most_connections() -> int:
    """How many connections the system lets us have, when half of them are sent a file."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else max(16, (soft - DESCRIPTORS_OF_OUR_OWN) * 2 // 3)
