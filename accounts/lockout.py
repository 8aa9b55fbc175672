"""Slowing down whoever guesses passwords: per account and per address, a delay that grows with every failure.

What counts is in the database, since several processes serve. While a lock lasts nothing is verified, not even the
right password, and nothing counted; accounts that do not exist are locked like the others. Failures are forgiven one by
one as time passes. Signing in forgives those of the account, never those of the address, where one good account could
otherwise cover the guessing at all others.

Where nothing fails nothing is written, and little is read: a key that was seen without a lock stays so until some
failure moves the shared counter :data:`FAILURES`.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.db import transaction

from accounts import generations
from accounts.crypto import keyed_hash
from accounts.errors import DomainError
from accounts.models import LoginFailure

FAILURES = "sign-in-failures"
MOST_QUIET_KEYS = 20_000
IPV6_SITE = 64  # bits: one customer has them all, and could use a new address for each guess
KEPT_FOR = timedelta(days=2)

now = time.time


class LockedOut(DomainError):
    """``retry_after`` is in whole seconds."""

    status = 429
    code = "TOOMANYREQUESTS"

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many failed attempts to sign in, try again later")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Rule:
    """``free`` failures cost nothing; each further one locks for twice as long, from 1 s up to ``longest`` seconds.

    One failure is forgiven every ``forgiven_after`` seconds.
    """

    free: int
    longest: int
    forgiven_after: int

    def lock_seconds(self, failures: int) -> int:
        over = failures - self.free
        return 0 if over <= 0 else min(self.longest, 1 << min(over - 1, 20))

    def still_counting(self, failures: int, seconds_since: float) -> int:
        return max(0, failures - int(max(0.0, seconds_since) // self.forgiven_after))


ACCOUNT = Rule(free=5, longest=900, forgiven_after=900)
# A whole company may sit behind one address, so that an address gets more patience and is forgiven sooner.
ADDRESS = Rule(free=50, longest=900, forgiven_after=60)


@dataclass(frozen=True, slots=True)
class Key:
    """What failures are counted for: an account or an address."""

    hashed: str
    rule: Rule


def account_key(account: str) -> Key:
    """``account`` tells accounts apart: ``user:7``, or ``name:…`` for a name that nobody has."""
    return Key(keyed_hash("sign-in-failures", f"account {account}"), ACCOUNT)


def address_keys(address: str) -> tuple[Key, ...]:
    """The address's key. None for our own host: behind a proxy that nobody told us of, everybody comes from there."""
    network = _network(address)
    return (Key(keyed_hash("sign-in-failures", f"address {network}"), ADDRESS),) if network else ()


def check(*keys: Key) -> None:
    """Raises LockedOut while one of the keys is locked."""
    counter = generations.read(FAILURES)
    wanted = [key for key in keys if not _is_quiet(key, counter)]
    if not wanted:
        return
    present, moment = _rows(wanted), now()
    remaining = [_remaining(key, present.get(key.hashed), moment) for key in wanted]
    if max(remaining) > 0:
        raise LockedOut(math.ceil(max(remaining)))
    _remember_quiet(wanted, counter)


def record_failure(*keys: Key) -> None:
    """Counts one more failure for each key. Give the account before the address: rows are locked in that order."""
    moment = now()
    with transaction.atomic():
        for key in keys:
            row, made = LoginFailure.objects.select_for_update().get_or_create(
                key=key.hashed, defaults={"failures": 1, "last_failure": moment}
            )
            if not made:
                row.failures = key.rule.still_counting(row.failures, moment - row.last_failure) + 1
                row.last_failure = moment
                row.save(update_fields=["failures", "last_failure"])
        generations.bump_on_commit(FAILURES)


def forgive(key: Key) -> None:
    """Forgets the failures of a key, if there are any."""
    if LoginFailure.objects.filter(key=key.hashed).exists():
        LoginFailure.objects.filter(key=key.hashed).delete()


def delete_expired() -> int:
    """For housekeeping: deletes what no longer counts for anything; how many rows."""
    deleted, _ = LoginFailure.objects.filter(last_failure__lt=now() - KEPT_FOR.total_seconds()).delete()
    return deleted


def _network(address: str) -> str:
    """The part of an address that stands for one customer; "" for loopback and for what is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return "" if parsed.is_loopback else str(ip_network((parsed, IPV6_SITE), strict=False))
        parsed = parsed.ipv4_mapped
    return "" if parsed.is_loopback else str(parsed)


def _rows(keys: list[Key]) -> dict[str, tuple[int, float]]:
    rows = LoginFailure.objects.filter(key__in=[key.hashed for key in keys])
    return {key: (failures, last) for key, failures, last in rows.values_list("key", "failures", "last_failure")}


def _remaining(key: Key, row: tuple[int, float] | None, moment: float) -> float:
    """Seconds until the key's lock ends; not above 0 where there is none."""
    if row is None:
        return 0
    failures, last_failure = row
    return last_failure + key.rule.lock_seconds(failures) - moment


# Keys that were seen without a lock: hash -> (the counter FAILURES before, when).
_quiet: dict[str, tuple[int, float]] = {}
_writing = threading.Lock()


def _is_quiet(key: Key, counter: int) -> bool:
    seen = _quiet.get(key.hashed)
    return seen is not None and seen[0] == counter and time.monotonic() - seen[1] <= settings.FAST_PATH_MAX_AGE


def _remember_quiet(keys: list[Key], counter: int) -> None:
    with _writing:
        if len(_quiet) >= MOST_QUIET_KEYS:
            _quiet.clear()
        for key in keys:
            _quiet[key.hashed] = (counter, time.monotonic())


def forget_all() -> None:
    """Makes this process look at the database again."""
    with _writing:
        _quiet.clear()
