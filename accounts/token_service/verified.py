"""Tokens that this process verified a moment ago, by the Authorization header they came in.

A grant is believed while nobody's rights have changed on this host (the counter RIGHTS), until the token expires, and
for at most ``settings.FAST_PATH_MAX_AGE`` seconds, which bounds what a change on another host may take to arrive here.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from django.conf import settings

from accounts import generations
from accounts.generations import RIGHTS
from accounts.token_service.grants import Grant

MOST_GRANTS = 4096
LONGEST_HEADER = 8192  # bytes: longer ones are verified each time, so that the table's size is bounded


@dataclass(frozen=True, slots=True)
class _Entry:
    grant: Grant
    rights: int
    verified_at: float


verified: dict[bytes, _Entry] = {}
_adding = threading.Lock()


def get(header: bytes) -> Grant | None:
    """The grant of exactly this header, when it may still be believed."""
    entry = verified.get(header)
    if entry is None or not _holds(entry):
        return None
    return entry.grant


def remember(header: bytes, grant: Grant, *, rights: int) -> None:
    """``rights`` is the counter RIGHTS, read before the grant was looked up."""
    if len(header) > LONGEST_HEADER:
        return
    with _adding:
        while len(verified) >= MOST_GRANTS:
            verified.pop(next(iter(verified)))
        verified[header] = _Entry(grant, rights, time.monotonic())


def forget_all() -> None:
    with _adding:
        verified.clear()


def _holds(entry: _Entry) -> bool:
    return (
        entry.rights == generations.read(RIGHTS)
        and time.monotonic() - entry.verified_at <= settings.FAST_PATH_MAX_AGE
        and time.time() < entry.grant.expires_at
    )
